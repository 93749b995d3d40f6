// Databases that earlier programs wrote (tests/casd/databases/SCHEMA) open as they are and keep
// everything.
#include "casd/service_fixture.hpp"
#include "casd/store/migrations.hpp"
#include "support/repository.hpp"

namespace sconectl::test {
namespace {

const std::filesystem::path databases = source_directory() / "tests/casd/databases";

struct Upgrade : ServiceClient {
  void take(const std::string& schema) {
    service.reset();
    files->remove_tree(data);
    files->make_directories(data, 0700);
    for (const auto* name : {"cas.db", "cas.key-store"})
      files->write(data / name, files->read(databases / schema / name), 0600);
    open();
  }
  nlohmann::json written(const std::string& schema, const std::string& name) const {
    return nlohmann::json::parse(files->read(databases / schema / name));
  }
};

TEST_F(Upgrade, every_earlier_schema_is_tested) {
  EXPECT_EQ(files->list(databases).size(), casd::migrations().size() - 1);
}

TEST_F(Upgrade, everything_of_schema_1_is_there) {
  take("1");
  for (int round = 0; round < 2; ++round, reopen()) {
    // Generated values, keys and certificates are the same that the earlier program showed.
    EXPECT_EQ(get("/v1/values/session=upgrade").json(), written("1", "values.json"));
    EXPECT_EQ(get("/v1/values/session=upgrade/child").json(), written("1", "child.json"));
    EXPECT_EQ(get("/v1/session_history/upgrade").json().at("versions").size(), 2U);
    const auto old = "8548a897042fa345f5b53d949540e3db558035dca16c9832e165a651f670aed3";
    EXPECT_EQ(get(std::string("/v1/sessions/upgrade?hash=") + old).hash(), old);
    EXPECT_TRUE(get("/v1/session_hashes/upgrade/child").json().at("salted"));
    EXPECT_TRUE(get("/v1/health").json().at("database").at("writable"));
  }
  created(session("after"), alice.peer());
}

}  // namespace
}  // namespace sconectl::test
