// Stores that share a database, each with a directory of its own.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "casd/postgres_fixture.hpp"
#include "casd/store_fixture.hpp"

namespace sconectl::casd {

class SharedStore : public StoreTest {
 protected:
  SharedStore() : url(PostgresServer::get().new_url()), database(postgres_database(url)) {}

  std::filesystem::path directory_of(int number, char key_digit = '7') const {
    const auto path = directory.path() / std::to_string(number);
    if (files->exists(path)) return path;
    files->make_directories(path, 0700);
    files->write(path / "cas.key-store", std::string(64, key_digit) + "\n", 0600);
    return path;
  }
  std::unique_ptr<Store> replica(int number) const {
    StoreOptions options;
    options.database = database;
    options.on_fault = [](const diag::Error& fault) { ADD_FAILURE() << fault.text(); };
    return std::make_unique<Store>(directory_of(number), options);
  }
  static NewSession child(const std::string& name, const std::string& hash,
                          std::optional<std::string> before) {
    auto session = root_version(hash, before);
    session.session.name = name;
    session.based_on = {{name, before}};
    return session;
  }
  static bool add_child(Store& store, const NewSession& session) {
    return store.add(PermissionsForTests::write(session.session.name), session);
  }
  void execute(const std::string& sql) const {
    database->connect(Database::Mode::write)->execute(sql);
  }
  /// The text and causes of what opening a replica throws; "opened" if nothing.
  std::string refusal(int number) const {
    try {
      (void)replica(number);
      return "opened";
    } catch (const diag::Error& error) {
      auto text = error.text();
      for (const auto& cause : error.causes()) text += ": " + cause;
      return text;
    }
  }

  const std::string url;
  std::shared_ptr<const Database> database;
};

}  // namespace sconectl::casd
