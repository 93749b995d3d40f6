// Options of the command line over a file over defaults.
#include "cli/serve_settings.hpp"

#include <gtest/gtest.h>

namespace sconectl::cli {
namespace {

cas::AvailabilityConfig some(int n) {
  cas::AvailabilityConfig config;
  config.database_path = "/data" + std::to_string(n) + "/cas.db";
  config.api_listen = {"127.0.0.1:" + std::to_string(n)};
  config.metrics_listen = "127.0.0.1:900" + std::to_string(n);
  config.log_files = static_cast<std::size_t>(n);
  config.drain_timeout = std::chrono::seconds(n);
  config.import_from = std::vector<std::string>{std::to_string(n)};
  config.allow_unprovisioned = n == 1;
  return config;
}

TEST(ServeSettings, what_the_command_line_says_goes_before_the_file) {
  casd::ServerOptions options;
  apply(overlaid(some(1), some(2)), options);
  EXPECT_EQ(options.data, "/data1");
  EXPECT_EQ(options.api_listen, std::vector<std::string>{"127.0.0.1:1"});
  EXPECT_EQ(options.log.files, 1U);
  EXPECT_EQ(options.metrics_listen, "127.0.0.1:9001");
  EXPECT_EQ(options.drain_timeout, std::chrono::seconds(1));
  EXPECT_EQ(options.import_from, std::vector<std::string>{"1"});
  EXPECT_TRUE(options.allow_unprovisioned);
}

TEST(ServeSettings, what_it_does_not_say_is_the_files) {
  casd::ServerOptions options;
  apply(overlaid({}, some(2)), options);
  EXPECT_EQ(options.data, "/data2");
  EXPECT_EQ(options.log.files, 2U);
  EXPECT_EQ(options.metrics_listen, "127.0.0.1:9002");
  EXPECT_FALSE(options.allow_unprovisioned);
}

TEST(ServeSettings, without_both_the_defaults_stay) {
  casd::ServerOptions options;
  const casd::ServerOptions usual;
  apply(overlaid({}, {}), options);
  EXPECT_EQ(options.log.files, usual.log.files);
  EXPECT_EQ(options.metrics_listen, "");
  EXPECT_EQ(options.reconnect_timeout, usual.reconnect_timeout);
  EXPECT_EQ(options.drain_timeout, usual.drain_timeout);
  EXPECT_EQ(options.collateral, usual.collateral);
  EXPECT_EQ(options.import_from, std::nullopt);
}

TEST(ServeSettings, CC001_a_database_without_a_directory_is_in_the_working_directory) {
  casd::ServerOptions options;
  cas::AvailabilityConfig config;
  config.database_path = "cas.db";
  apply(config, options);
  EXPECT_EQ(options.data, ".");
}

}  // namespace
}  // namespace sconectl::cli
