// A store without a CAS around it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "casd/permissions_for_tests.hpp"
#include "casd/store/store.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::casd {

class StoreTest : public testing::Test {
 protected:
  StoreTest()
      : files(host::system_files()),
        directory(*files, "store-test-"),
        data(directory.path() / "d") {}

  static NewSession root_version(const std::string& hash, std::optional<std::string> before) {
    NewSession session;
    session.session.name = "/";
    session.session.hash = hash;
    session.session.predecessor = before;
    session.session.created = 1700000000;
    session.session.text = "text of " + hash;
    session.values.emplace("password", crypto::Secret("value of " + hash));
    session.based_on["/"] = before;
    return session;
  }
  static bool add(Store& store, const NewSession& session) {
    return store.add(PermissionsForTests::write("/"), session);
  }
  static std::string hash(char digit) { return std::string(64, digit); }
  std::string bytes_of(const std::string& name) const { return files->read(data / name); }

  const PermissionsForTests may;
  std::unique_ptr<host::Files> files;
  host::TemporaryDirectory directory;
  std::filesystem::path data;
};

/// Everything that can be read, or nothing if the store refuses.
inline std::optional<std::string> all_of(const std::filesystem::path& data,
                                         const StoreOptions& options = {}) {
  try {
    Store store(data, options);
    std::string all;
    for (const auto& version : store.history("/")) {
      all += version.hash + version.predecessor.value_or("-") + std::to_string(version.created);
      all += store.version("/", version.hash)->text;
      for (const auto& [name, value] : store.values("/", version.hash))
        all += name + std::string(value.view());
    }
    all += store.active("/") ? store.active("/")->hash : "";
    const auto fact = store.fact("identity");
    return all + (fact ? std::string(fact->view()) : "no identity");
  } catch (const diag::Error&) {
    return std::nullopt;
  }
}

}  // namespace sconectl::casd
