// The embedded templates, and the published before/after pair of the first stage.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "sconectl/render/render.hpp"
#include "sconectl/render/template_set.hpp"
#include "sconectl/yaml/parse.hpp"
#include "support/repository.hpp"

namespace sconectl::render {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(EmbeddedTemplates, are_the_files_of_the_repository) {
  const fs::path directory = test::source_directory() / "templates" / "service";
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    ++files;
    const std::string name = fs::relative(entry.path(), directory).string();
    const std::string* embedded_text = embedded("service").find(name);
    ASSERT_NE(embedded_text, nullptr) << name;
    EXPECT_EQ(*embedded_text, text_of(entry.path())) << name;
  }
  EXPECT_EQ(embedded("service").files.size(), files);
  EXPECT_EQ(embedded("service").find("nothing"), nullptr);
}

TEST(EmbeddedTemplates, values_become_yaml_in_two_stages) {
  Variables first;
  for (const auto& [name, value] : {std::pair{"runtime", "native"},
                                    {"sgx_device_plugin", "disabled"},
                                    {"sgx_memory", "\"\""},
                                    {"pod_security_context", "{}"},
                                    {"security_context", "{}"},
                                    {"memory_directories", "[]"},
                                    {"runtime_node_selector", "{}"},
                                    {"INIT_CONTAINER1", "{{REDIS_HOST}}"}})
    first.set(name, value);
  Variables second;
  for (const char* name :
       {"image_reference", "session_revision", "listening_port", "ingress_services",
        "egress_services", "INIT_CONTAINER1_ENABLE", "INIT_CONTAINER1_PORT",
        "INIT_CONTAINER2_ENABLE", "INIT_CONTAINER2", "INIT_CONTAINER2_PORT", "imagePullSecrets",
        "session", "cas_service_name", "cas.cas.cas_url", "command", "APP_SERVICE_PORT",
        "REDIS_HOST"})
    second.set(name, std::string("<") + name + ">");
  diag::Diagnostics out;
  const std::string stage1 =
      render(*embedded("service").find("values.template"), first, Dialect::tera, {}, out);
  const std::string stage2 = render(stage1, second, Dialect::handlebars, {}, out);
  out.throw_if_errors();
  const auto values = yaml::parse_document("values.yaml", stage2);
  EXPECT_EQ(values.find("image")->text(), "<image_reference>");
  EXPECT_EQ(values.find("service")->find("port")->text(), "<APP_SERVICE_PORT>");
  EXPECT_EQ(values.find("initContainers")->find("container1")->find("host")->text(),
            "<REDIS_HOST>");
  EXPECT_EQ(values.find("scone")->find("api_session")->text(), "<session>/<cas_service_name>");
  EXPECT_EQ(values.find("scone")->find("scone_log")->text(), "error");
}

std::string first_stage(const fs::path& file) {
  diag::Diagnostics out;
  std::string rendered = render(text_of(file), Variables(), Dialect::tera, {}, out);
  out.throw_if_errors();
  return rendered;
}

TEST(SampleTemplates, first_stage_keeps_what_is_raw_and_takes_defaults) {
  const fs::path set = test::source_directory() / "tests/samples/templates";
  EXPECT_EQ(first_stage(set / "values.template"), text_of(set / "values.yaml.template"));
}

// The only public pair whose two files belong to the same version; in the other one the template is
// older than the result.
TEST(PublishedTemplates, first_stage_gives_the_published_result) {
  const fs::path part = "templates/scontain+liangsjavaapp/templates-genservice";
  NEEDS_CORPUS(part);
  const fs::path set = test::corpus(part);
  EXPECT_EQ(first_stage(set / "values.template"), text_of(set / "charts/values.yaml.template"));
}

}  // namespace
}  // namespace sconectl::render
