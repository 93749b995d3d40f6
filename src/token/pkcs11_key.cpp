#include "token/pkcs11_key.hpp"

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/number.hpp"
#include "token/key_uri.hpp"
#include "token/pkcs11_slots.hpp"
#include "token/tool.hpp"

namespace sconectl::token {
namespace {

using diag::Error;
using diag::ErrorKind;

constexpr const char* tool = "pkcs11-tool";
constexpr const char* pin_variable = "SCONECTL_TOKEN_PIN";
constexpr std::size_t longest_pin = 4096;

/// Overwrites the PIN of a command, however that ends.
struct WipedPin {
  explicit WipedPin(host::Command& with_pin) : command(with_pin) {}
  WipedPin(const WipedPin&) = delete;
  WipedPin& operator=(const WipedPin&) = delete;
  ~WipedPin() { crypto::wipe(command.environment[pin_variable]); }
  host::Command& command;
};

/// As RFC 7512 writes the id of a slot.
std::string decimal(const std::string& id) {
  const auto number = id.starts_with("0x") ? text::number<unsigned long>(id.substr(2), 16)
                                           : text::number<unsigned long>(id);
  return number ? std::to_string(*number) : id;
}

class Pkcs11Key final : public crypto::P256Key {
 public:
  Pkcs11Key(std::string_view uri, host::Files& files, host::Processes& processes)
      : files_(files),
        processes_(processes),
        uri_(uri, {"token", "serial", "manufacturer", "model", "slot-id", "object", "id", "type",
                   "module-path", "pin-source"}),
        module_(uri_.needed("module-path", "?module-path=/usr/lib/softhsm/libsofthsm2.so")),
        id_(crypto::hex(uri_.needed("id", "pkcs11:token=cas;id=%01"))) {
    if (!module_.starts_with('/'))
      throw Error(ErrorKind::invalid,
                  "'module-path' in the URI of a key is the whole path of a file");
    if (const auto type = uri_.value("type"); type && *type != "private" && *type != "public")
      throw Error(ErrorKind::invalid, "a key of type '" + *type + "' is no pair of keys on P-256");
  }

  [[nodiscard]] std::string public_point() const override {
    const auto slot = the_slot();
    auto command = on(slot, {"--read-object", "--type", "pubkey", "--id", id_});
    if (const auto object = uri_.value("object")) {
      command.argv.emplace_back("--label");
      command.argv.push_back(*object);
    }
    const auto exit = run_tool(processes_, command);
    if (!exit.ok())
      throw Error(ErrorKind::unavailable,
                  "the token '" + slot.label + "' has no public key with the id " + id_ +
                      (uri_.value("object") ? " and this name" : "") +
                      "; 'pkcs11-tool --list-objects' says which it has",
                  {words_of(exit)});
    return crypto::p256_point_of_der(exit.data);
  }

  [[nodiscard]] crypto::Secret agree(std::string_view theirs) const override {
    const auto slot = the_slot();
    const auto pin_file = uri_.secret_file("pin-source");
    if (!pin_file && slot.has("login required"))
      throw Error(ErrorKind::invalid,
                  "the token '" + slot.label +
                      "' wants a PIN: name a file with it in the URI of the key, "
                      "'&pin-source=file:/...'");
    if (slot.pin_in_danger()) throw in_danger(slot);
    auto command = on(slot, {"--derive", "--mechanism", "ECDH1-DERIVE", "--id", id_, "--input-file",
                             "/dev/stdin"});
    command.input = crypto::p256_der(theirs);
    const WipedPin wiped{command};
    if (pin_file) {
      command.argv.insert(command.argv.end(),
                          {"--login", "--pin", std::string("env:") + pin_variable});
      command.environment[pin_variable] = pin_in(*pin_file);
    }
    auto exit = run_tool(processes_, command);
    auto shared = crypto::Secret::adopt(std::move(exit.data));
    if (!exit.ok()) throw failure(slot, exit, pin_file);
    if (shared.size() != crypto::p256_coordinate_size)
      throw Error(ErrorKind::failed, "the token '" + slot.label + "' answered with " +
                                         std::to_string(shared.size()) + " bytes instead of 32");
    return shared;
  }

 private:
  [[nodiscard]] host::Command on(const Slot& slot, std::vector<std::string> words) const {
    host::Command command;
    command.argv = {tool, "--module", module_, "--slot", slot.id, "--output-file", host::data_path};
    command.argv.insert(command.argv.end(), words.begin(), words.end());
    command.data = true;
    return command;
  }

  [[nodiscard]] std::vector<Slot> slots() const {
    if (!files_.exists(module_))
      throw Error(
          ErrorKind::unavailable,
          "there is no " + module_ +
              ", which 'module-path' in the URI of the key names: install the PKCS#11 module "
              "of the token");
    host::Command command;
    command.argv = {tool, "--module", module_, "--list-slots"};
    const auto exit = run_tool(processes_, command);
    if (!exit.ok())
      throw Error(ErrorKind::unavailable, "the PKCS#11 module " + module_ + " can not be used",
                  {words_of(exit)});
    return parse_slots(exit.out);
  }

  [[nodiscard]] bool is_meant(const Slot& slot) const {
    const auto agrees = [&](const char* name, const std::string& is) {
      const auto wanted = uri_.value(name);
      return !wanted || *wanted == is;
    };
    return agrees("token", slot.label) && agrees("serial", slot.serial) &&
           agrees("manufacturer", slot.manufacturer) && agrees("model", slot.model) &&
           agrees("slot-id", decimal(slot.id));
  }

  [[nodiscard]] Slot the_slot() const {
    const auto all = slots();
    std::vector<Slot> meant;
    std::string there;
    for (const auto& slot : all) {
      if (is_meant(slot)) meant.push_back(slot);
      there += (there.empty() ? "'" : ", '") + slot.label + "'";
    }
    if (meant.empty())
      throw Error(ErrorKind::unavailable,
                  "the token that the URI of the key names is not there: plug it in",
                  {"tokens that are: " + (there.empty() ? "none" : there)});
    if (meant.size() > 1)
      throw Error(ErrorKind::invalid, "the URI of the key names more than one token: add 'serial=" +
                                          meant.front().serial + "' or that of the other one");
    return meant.front();
  }

  [[nodiscard]] std::string pin_in(const std::filesystem::path& file) const {
    auto pin = files_.read(file, longest_pin);
    while (pin.ends_with('\n') || pin.ends_with('\r')) pin.pop_back();
    if (pin.empty() || pin.find('\0') != std::string::npos)
      throw Error(ErrorKind::invalid, file.string() + " holds no PIN");
    return pin;
  }

  [[nodiscard]] Error in_danger(const Slot& slot) const {
    return {
        ErrorKind::refused,
        "the token '" + slot.label +
            "' was given a wrong PIN since the last right one, so that another one may lock it: "
            "no PIN was sent. Mend the file of 'pin-source', then log in once by hand",
        {"pkcs11-tool --module " + module_ + " --slot " + slot.id + " --login --list-objects"}};
  }

  /// The words of the tool are shown; the token's own flags say whether it was the PIN.
  [[nodiscard]] Error failure(const Slot& slot, const host::Exit& exit,
                              const std::optional<std::filesystem::path>& pin_file) const {
    bool pin_was_wrong = false;
    for (const auto& now : slots())
      if (now.id == slot.id) pin_was_wrong = now.pin_in_danger();
    if (pin_was_wrong && pin_file)
      return {ErrorKind::refused,
              "the token '" + slot.label + "' refused the PIN in " + pin_file->string() +
                  "; it was sent once, and is not sent again before somebody has logged in by hand",
              {words_of(exit)}};
    return {ErrorKind::unavailable,
            "the token '" + slot.label + "' did not use its key " + id_ +
                ": it has to be a private key on P-256 that may derive (CKA_DERIVE)",
            {words_of(exit)}};
  }

  host::Files& files_;
  host::Processes& processes_;
  KeyUri uri_;
  std::string module_;
  std::string id_;
};

}  // namespace

std::unique_ptr<const crypto::P256Key> pkcs11_key(std::string_view uri, host::Files& files,
                                                  host::Processes& processes) {
  return std::make_unique<const Pkcs11Key>(uri, files, processes);
}

}  // namespace sconectl::token
