// A real PostgreSQL for the tests of the store.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "casd/store/postgres.hpp"
#include "sconectl/host/files.hpp"
#include "support/real_tool.hpp"
#include "support/repository.hpp"

namespace sconectl::casd {

/// One server for all tests of the program, made when the first one needs it.
class PostgresServer {
 public:
  static PostgresServer& get() {
    static PostgresServer server;
    return server;
  }
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  /// Of a new schema in its database.
  std::string new_url() {
    const auto schema = "t" + std::to_string(++schemas_);
    postgres_database(url_)->connect(Database::Mode::write)->execute("CREATE SCHEMA " + schema);
    return url_ + "&options=-csearch_path%3D" + schema;
  }
  void stop(const std::string& mode) { run({"stop", directory_.path().string(), mode}); }
  void start() { run({"start", directory_.path().string()}); }

 private:
  PostgresServer() : files_(host::system_files()), directory_(*files_, "postgres-") {
    std::filesystem::permissions(directory_.path(), std::filesystem::perms(0755));
    const auto started =
        run({"start", directory_.path().string()}, "SETTINGS=fsync = off\nlog_statement = none");
    url_ = started.substr(0, started.find('\n'));
  }
  ~PostgresServer() { run({"stop", directory_.path().string(), "immediate"}); }

  std::string run(std::vector<std::string> arguments, const std::string& settings = "SETTINGS=") {
    std::vector<std::string> all{"env", settings,
                                 (test::source_directory() / "tests/support/postgres.sh").string()};
    for (auto& argument : arguments) all.push_back(std::move(argument));
    const auto result = test::run_tool(all);
    EXPECT_EQ(result.status, 0) << result.err;
    return result.out;
  }

  std::unique_ptr<host::Files> files_;
  host::TemporaryDirectory directory_;
  std::string url_;
  int schemas_ = 0;
};

}  // namespace sconectl::casd
