#include "token/tpm_key.hpp"

#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/number.hpp"
#include "sconectl/text/split.hpp"
#include "token/key_uri.hpp"
#include "token/tool.hpp"

namespace sconectl::token {
namespace {

using diag::Error;
using diag::ErrorKind;

constexpr const char* example = "tpm2:handle=0x81000010";
constexpr std::size_t size_bytes = 2;

std::string sized(std::string_view bytes) {
  return std::string{static_cast<char>(bytes.size() >> 8U & 0xffU),
                     static_cast<char>(bytes.size() & 0xffU)} +
         std::string(bytes);
}

/// TPM2B_ECC_POINT (TPM 2.0 Part 2, 11.2.5.3).
std::string marshalled(std::string_view point) {
  return sized(sized(point.substr(1, crypto::p256_coordinate_size)) +
               sized(point.substr(1 + crypto::p256_coordinate_size)));
}

/// x of one, which a TPM may have written without its first zeros.
crypto::Secret x_of(std::string_view marshalled_point) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(marshalled_point[i]); };
  const std::size_t size = marshalled_point.size() < 2 * size_bytes
                               ? 0
                               : (std::size_t{byte(size_bytes)} << 8U) | byte(size_bytes + 1);
  if (size == 0 || size > crypto::p256_coordinate_size ||
      marshalled_point.size() < 2 * size_bytes + size)
    throw Error(ErrorKind::failed, "the TPM answered with something else than a point on P-256");
  auto x = crypto::Secret::zeros(crypto::p256_coordinate_size - size);
  x.append(marshalled_point.substr(2 * size_bytes, size));
  return x;
}

/// The number of "TPM2_PT_LOCKOUT_COUNTER: 0x1".
std::optional<unsigned> property(std::string_view listed, std::string_view name) {
  for (const auto line : text::lines(listed)) {
    const auto [key, value] = text::cut(line, ':');
    if (text::trimmed(key) != name || !value) continue;
    auto digits = text::trimmed(*value);
    if (!digits.starts_with("0x")) return std::nullopt;
    return text::number<unsigned>(digits.substr(2), 16);
  }
  return std::nullopt;
}

class TpmKey final : public crypto::P256Key {
 public:
  TpmKey(std::string_view uri, host::Files& files, host::Processes& processes)
      : files_(files),
        processes_(processes),
        uri_(uri, {"handle", "auth-source", "pcrs"}),
        handle_(uri_.needed("handle", example)) {
    if (!handle_.starts_with("0x81") || !text::is_hex(std::string_view(handle_).substr(2), 8))
      throw Error(ErrorKind::invalid,
                  "'" + handle_ + "' is no persistent handle of a TPM, as in '" + example + "'");
    if (uri_.value("auth-source") && uri_.value("pcrs"))
      throw Error(
          ErrorKind::unsupported,
          "a key of a TPM is used with a password or with the state of PCRs, not with both");
  }

  [[nodiscard]] std::string public_point() const override {
    const auto exit = run({"tpm2_readpublic", "--quiet", "--object-context", handle_, "--format",
                           "der", "--output", host::data_path});
    if (!exit.ok())
      throw Error(ErrorKind::unavailable,
                  "the TPM has no key " + handle_ +
                      ", or can not be reached: TPM2TOOLS_TCTI says where it is, and users of "
                      "/dev/tpmrm0 are in the group tss",
                  {words_of(exit)});
    return crypto::p256_point_of_der(exit.data);
  }

  [[nodiscard]] crypto::Secret agree(std::string_view theirs) const override {
    // The tool wants a file that it can seek in; the point is no secret.
    const host::TemporaryDirectory work(files_);
    const auto point = work.path() / "point";
    files_.write(point, marshalled(theirs), 0600);
    std::vector<std::string> argv{"tpm2_ecdhzgen", "--key-context", handle_,        "--public",
                                  point.string(),  "--output",      host::data_path};
    const auto auth = uri_.secret_file("auth-source");
    if (auth) argv.insert(argv.end(), {"--key-auth", "file:" + auth->string()});
    if (const auto pcrs = uri_.value("pcrs"))
      argv.insert(argv.end(), {"--key-auth", "pcr:" + *pcrs});
    const auto failures = auth ? refuse_last_try() : 0;
    auto exit = run(std::move(argv));
    const auto answer = crypto::Secret::adopt(std::move(exit.data));
    if (!exit.ok()) throw failure(exit, auth, failures);
    return x_of(answer.view());
  }

 private:
  [[nodiscard]] host::Exit run(std::vector<std::string> argv) const {
    host::Command command;
    command.argv = std::move(argv);
    command.data = true;
    return run_tool(processes_, command);
  }

  struct Lockout {
    unsigned failures;
    unsigned most;
  };
  [[nodiscard]] Lockout lockout() const {
    const auto exit = run({"tpm2_getcap", "properties-variable"});
    const auto failures = property(exit.out, "TPM2_PT_LOCKOUT_COUNTER");
    const auto most = property(exit.out, "TPM2_PT_MAX_AUTH_FAIL");
    if (!exit.ok() || !failures || !most)
      throw Error(ErrorKind::unavailable,
                  "the TPM does not say how often it was given a wrong password; no password was "
                  "sent",
                  {words_of(exit)});
    return {*failures, *most};
  }

  /// How many wrong passwords there were. A start that is repeated must not lock the TPM for all.
  [[nodiscard]] unsigned refuse_last_try() const {
    const auto now = lockout();
    if (now.failures + 1 >= now.most)
      throw Error(
          ErrorKind::refused,
          "the TPM was given " + std::to_string(now.failures) + " wrong passwords of " +
              std::to_string(now.most) +
              " that lock it: no password was sent. It forgets one after the other with time; "
              "'tpm2_dictionarylockout --clear-lockout' does at once");
    return now.failures;
  }

  [[nodiscard]] Error failure(const host::Exit& exit,
                              const std::optional<std::filesystem::path>& auth,
                              unsigned failures_before) const {
    if (auth && lockout().failures > failures_before)
      return {ErrorKind::refused,
              "the TPM refused the password in " + auth->string() + " for its key " + handle_ +
                  "; it was sent once",
              {words_of(exit)}};
    if (const auto pcrs = uri_.value("pcrs"))
      return {ErrorKind::failed,
              "the TPM did not use its key " + handle_ + " with the state of the PCRs " + *pcrs +
                  ": if it says that a policy failed, they are not as they were when the key was "
                  "made, or it is bound to others",
              {words_of(exit)}};
    return {ErrorKind::unavailable,
            "the TPM did not use its key " + handle_ +
                ": it has to be one on P-256 that may decrypt, and whatever protects it has to be "
                "named in its URI (auth-source, pcrs)",
            {words_of(exit)}};
  }

  host::Files& files_;
  host::Processes& processes_;
  KeyUri uri_;
  std::string handle_;
};

}  // namespace

std::unique_ptr<const crypto::P256Key> tpm_key(std::string_view uri, host::Files& files,
                                               host::Processes& processes) {
  return std::make_unique<const TpmKey>(uri, files, processes);
}

}  // namespace sconectl::token
