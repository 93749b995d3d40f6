#include "sconectl/crypto/key_shares.hpp"

// It is C, and does not say so.
extern "C" {
#include <libgfshare.h>
}

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <optional>

#include "crypto/native.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/random.hpp"

namespace sconectl::crypto {
namespace {

using diag::Error;
using diag::ErrorKind;

constexpr std::string_view kind = "sconectl-share-1";
constexpr std::size_t shared_key = 32;
constexpr std::size_t set_bytes = 8;
constexpr std::size_t check_bytes = 4;
constexpr unsigned most_shares = 255;
constexpr std::size_t fields_of_share = 6;

using Sharing = std::unique_ptr<gfshare_ctx, FreeWith<gfshare_ctx_free>>;

struct Share {
  std::string set;
  unsigned index = 0;
  unsigned count = 0;
  unsigned threshold = 0;
  Secret value;
};

void fill_with_random(unsigned char* bytes, unsigned int size) {
  const Secret random = random_bytes(size);
  std::copy(random.bytes().begin(), random.bytes().end(), bytes);
}

/// It takes random bytes to split, and to overwrite what it frees.
void tell_library_of_random_bytes() {
  gfshare_fill_rand = fill_with_random;
}

std::string digest_hex(std::string_view bytes, std::size_t size) {
  return hex(view(sha256(bytes)).substr(0, size));
}

/// Says which key it is and nothing else about it: the key is random.
std::string set_of(std::string_view key) {
  Secret named(kind);
  named.append(key);
  return digest_hex(named.view(), set_bytes);
}

Secret line_of(const Share& share) {
  Secret line(fmt::format("{}:{}:{}-of-{}:any-{}:", kind, share.set, share.index, share.count,
                          share.threshold));
  line.append(Secret::adopt(hex(share.value.view())).view());
  const auto check = digest_hex(line.view(), check_bytes);
  line.append(":" + check);
  return line;
}

std::optional<unsigned> small_number(std::string_view text) {
  unsigned number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size() || number < 1 ||
      number > most_shares)
    return std::nullopt;
  return number;
}

std::string_view last_line(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
    text.remove_suffix(1);
  const auto line = text.substr(text.rfind('\n') + 1);
  return line;
}

/// Nothing for a share that is not as it was written.
std::optional<Share> share_of(std::string_view line) {
  const auto end = line.rfind(':');
  if (end == std::string_view::npos ||
      line.substr(end + 1) != digest_hex(line.substr(0, end), check_bytes))
    return std::nullopt;
  std::vector<std::string_view> fields;
  for (std::string_view rest = line;;) {
    const auto colon = rest.find(':');
    fields.push_back(rest.substr(0, colon));
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
  }
  constexpr std::string_view of = "-of-";
  constexpr std::string_view any = "any-";
  if (fields.size() != fields_of_share || fields[0] != kind || !fields[3].starts_with(any))
    return std::nullopt;
  const auto middle = fields[2].find(of);
  if (middle == std::string_view::npos) return std::nullopt;
  const auto index = small_number(fields[2].substr(0, middle));
  const auto count = small_number(fields[2].substr(middle + of.size()));
  const auto threshold = small_number(fields[3].substr(any.size()));
  auto value = unhex(fields[4]);
  if (!index || !count || !threshold || !value || value->size() != shared_key) return std::nullopt;
  return Share{std::string(fields[1]), *index, *count, *threshold,
               Secret::adopt(std::move(*value))};
}

/// The set that most of them belong to.
std::string common_set(const std::vector<Share>& shares) {
  std::map<std::string, std::size_t> counts;
  for (const auto& share : shares) ++counts[share.set];
  return std::max_element(counts.begin(), counts.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
}

/// Of one set, each index once; what is wrong is told.
std::vector<Share> usable(const std::vector<NamedShare>& given, std::vector<std::string>& wrong) {
  std::vector<Share> read;
  std::vector<std::string> names;
  for (const auto& [name, text] : given) {
    auto share = share_of(last_line(text.view()));
    if (!share) {
      wrong.push_back(name + " is no share, or was changed");
      continue;
    }
    read.push_back(std::move(*share));
    names.push_back(name);
  }
  if (read.empty()) return read;
  const auto set = common_set(read);
  std::vector<Share> result;
  std::map<unsigned, std::string> seen;
  for (std::size_t i = 0; i < read.size(); ++i) {
    if (read[i].set != set) {
      wrong.push_back(fmt::format("{} is of another set ({}) than the others ({})", names[i],
                                  read[i].set, set));
      continue;
    }
    const auto [before, is_new] = seen.emplace(read[i].index, names[i]);
    if (is_new)
      result.push_back(std::move(read[i]));
    else
      wrong.push_back(fmt::format("{} is the same share as {}", names[i], before->second));
  }
  return result;
}

Secret interpolated(std::vector<Share>& shares) {
  tell_library_of_random_bytes();
  std::string indexes;
  for (const auto& share : shares) indexes += static_cast<char>(share.index);
  const Sharing sharing(
      gfshare_ctx_init_dec(octets(indexes), static_cast<unsigned>(shares.size()), shared_key));
  if (!sharing) throw Error(ErrorKind::failed, "no memory to join shares");
  for (std::size_t i = 0; i < shares.size(); ++i)
    gfshare_ctx_dec_giveshare(sharing.get(), static_cast<unsigned char>(i),
                              shares[i].value.writable().data());
  Secret key = Secret::zeros(shared_key);
  gfshare_ctx_dec_extract(sharing.get(), key.writable().data());
  return key;
}

}  // namespace

std::vector<Secret> split_key(std::string_view key, unsigned threshold, unsigned count) {
  if (key.size() != shared_key || threshold < 2 || threshold > count || count > most_shares)
    throw Error(ErrorKind::invalid,
                "of 2 to 255 shares, at least 2 and at most all of them are needed");
  tell_library_of_random_bytes();
  std::string indexes;
  for (unsigned i = 1; i <= count; ++i) indexes += static_cast<char>(i);
  const Sharing sharing(gfshare_ctx_init_enc(octets(indexes), count,
                                             static_cast<unsigned char>(threshold), shared_key));
  if (!sharing) throw Error(ErrorKind::failed, "no memory to split a key");
  Secret copy(key);
  gfshare_ctx_enc_setsecret(sharing.get(), copy.writable().data());
  std::vector<Secret> result;
  for (unsigned i = 1; i <= count; ++i) {
    Share share{set_of(key), i, count, threshold, Secret::zeros(shared_key)};
    gfshare_ctx_enc_getshare(sharing.get(), static_cast<unsigned char>(i - 1),
                             share.value.writable().data());
    result.push_back(line_of(share));
  }
  return result;
}

Secret join_key(const std::vector<NamedShare>& shares) {
  std::vector<std::string> wrong;
  auto good = usable(shares, wrong);
  if (!wrong.empty())
    throw Error(ErrorKind::invalid, "these shares can not be used together: " +
                                        fmt::format("{}", fmt::join(wrong, "; ")));
  if (good.empty() || good.size() < good.front().threshold)
    throw Error(ErrorKind::invalid,
                good.empty() ? "no share was given"
                             : fmt::format("{} of the shares are needed and {} were given",
                                           good.front().threshold, good.size()));
  auto key = interpolated(good);
  if (set_of(key.view()) != good.front().set)
    throw Error(ErrorKind::invalid,
                "the shares give another key than the one that was split: one "
                "of them was forged");
  return key;
}

}  // namespace sconectl::crypto
