// A platform that is made up, for programs that need evidence: its manufacturer's lists, quotes
// about anything, certificates with quotes. Only the root tells them from real ones.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "attest/fake_platform.hpp"
#include "sconectl/collateral/bundle.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* usage =
    "usage: sconectl_fake_tee new DIR                          keys, root.pem and collateral/\n"
    "       sconectl_fake_tee quote DIR sgx|tdx REPORT_DATA    a quote about 64 bytes in hex, to "
    "stdout\n"
    "       sconectl_fake_tee ra-tls DIR gramine|dice KEY CERT a certificate for the key in PEM "
    "file KEY\n";

std::string read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void write(const fs::path& file, std::string_view bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

crypto::PrivateKey key_in(const fs::path& file) {
  return crypto::PrivateKey::from_pem(read(file));
}

FakePlatform platform_in(const fs::path& directory) {
  FakePlatform platform(FakePlatform::Keys{.root = key_in(directory / "root.key"),
                                           .ca = key_in(directory / "ca.key"),
                                           .pck = key_in(directory / "pck.key"),
                                           .signing = key_in(directory / "signing.key"),
                                           .attestation = key_in(directory / "attestation.key")});
  platform.from = crypto::Time(std::chrono::seconds(std::stoll(read(directory / "from"))));
  platform.until = platform.from + std::chrono::days{30};
  return platform;
}

void make(const fs::path& directory) {
  fs::create_directories(directory / "collateral");
  for (const char* name : {"root", "ca", "pck", "signing", "attestation"})
    write(directory / (std::string(name) + ".key"), FakePlatform::Keys::fresh().pkcs8_pem().view());
  const auto now = std::chrono::time_point_cast<std::chrono::seconds>(
      std::chrono::system_clock::now() - std::chrono::days{1});
  write(directory / "from", std::to_string(now.time_since_epoch().count()));
  const auto platform = platform_in(directory);
  write(directory / "root.pem", platform.root().pem());
  const auto files = host::system_files();
  for (const auto tee : {attest::Tee::sgx, attest::Tee::tdx})
    files->replace_tree(
        directory / "collateral" / collateral::bundle_name({tee, platform.fmspc, true}),
        collateral::bundle_tree(platform.collateral(tee)));
}

int run(const std::vector<std::string>& words) {
  if (words.size() == 2 && words[0] == "new") {
    make(words[1]);
    return 0;
  }
  if (words.size() == 4 && words[0] == "quote") {
    auto platform = platform_in(words[1]);
    platform.report_data = crypto::unhex(words[3]).value();
    std::cout << platform.quote(words[2] == "sgx" ? attest::Tee::sgx : attest::Tee::tdx);
    return 0;
  }
  if (words.size() == 5 && words[0] == "ra-tls") {
    auto platform = platform_in(words[1]);
    const auto form = words[2] == "dice" ? FakePlatform::RaTls::dice : FakePlatform::RaTls::gramine;
    write(words[4], platform.ra_tls(key_in(words[3]), form).pem());
    return 0;
  }
  std::cerr << usage;
  return 2;
}

}  // namespace
}  // namespace sconectl::test

int main(int count, char** words) {
  return sconectl::test::run({words + 1, words + count});
}
