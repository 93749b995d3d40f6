// `sconectl platform chart | image`: what a cluster needs beside the services.
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "sconectl/action/platform.hpp"
#include "sconectl/action/platform_image.hpp"

namespace sconectl::cli {
namespace {

void add_place(Parser& parser, std::string& directory, std::string& image) {
  parser
      .add_option("-o,--output", directory,
                  "Directory that gets the chart (default: target/platform/NAME)")
      ->type_name("DIR");
  parser
      .add_option("--image", image,
                  "The image that the chart installs unless its value 'image' says otherwise")
      ->type_name("IMAGE");
}

int write_chart(Invocation& invocation, const std::string& name, const std::string& directory,
                const std::string& image) {
  action::PlatformChart chart{name, directory, given(image)};
  if (directory.empty()) chart.directory = std::filesystem::path("target") / "platform" / name;
  action::write_platform_chart(invocation.system, chart);
  if (invocation.terminal.json)
    invocation.terminal.document(nlohmann::json{{"schema", "sconectl/v1/platform-chart"},
                                                {"chart", name},
                                                {"directory", chart.directory.string()}});
  else
    invocation.terminal.data(chart.directory.string());
  const std::string place = chart.directory.is_absolute()
                                ? chart.directory.string()
                                : "./" + chart.directory.lexically_normal().string();
  invocation.system.tell(
      name == "crds"
          ? fmt::format("install them with: kubectl apply --server-side -f {}", place)
          : fmt::format("its README.md says what it needs; install it with: helm install {} {}",
                        name == "rest-api-sample" ? "api" : name, place));
  return 0;
}

}  // namespace

int platform_chart_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(
      invocation, "platform chart",
      "Write a Helm chart of the platform: cas, or las (whose image is yours); rest-api-sample, a "
      "service of yours that is attested without a mesh; or crds, the definitions of the custom "
      "resources.");
  std::string name;
  std::string directory;
  std::string image;
  parser.add_option("NAME", name, "cas, las, rest-api-sample or crds")
      ->required()
      ->check(CLI::IsMember(action::platform_charts()));
  add_place(parser, directory, image);
  parser.examples({"sconectl platform chart cas -o cas --image registry.example/cas:1",
                   "helm install cas ./cas --set service.type=LoadBalancer"});
  if (!parser.read(std::move(arguments))) return 0;
  return write_chart(invocation, name, directory, image);
}

int platform_image_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "platform image",
                "Build and push an image of this program: cas holds nothing else; cli has a shell "
                "that finds scone and sconectl, for those who work in a container.");
  action::PlatformImage image;
  std::string base;
  std::string engine;
  bool no_push = false;
  parser.add_option("NAME", image.name, "cas or cli")
      ->required()
      ->check(CLI::IsMember(action::platform_images()));
  parser.add_option("--to", image.reference, "Where it goes")->required()->type_name("REPO[:TAG]");
  parser
      .add_option("--from", base,
                  "What cli is put on: an image with bash (default: debian:12-slim)")
      ->type_name("IMAGE");
  parser.add_flag("-n,--no-push", no_push, "Leave it on this machine");
  parser.add_option("--engine", engine, "docker, podman or buildah (default: the first found)");
  parser.examples({"sconectl platform image cas --to registry.example/cas:1",
                   "sconectl platform image cli --to registry.example/cli:1"});
  if (!parser.read(std::move(arguments))) return 0;
  image.push = !no_push;
  image.base = given(base);
  image.engine = given(engine);
  const std::string built = action::build_platform_image(invocation.system, image);
  if (invocation.terminal.json)
    invocation.terminal.document(
        nlohmann::json{{"schema", "sconectl/v1/platform-image"}, {"image", built}});
  else
    invocation.terminal.data(built);
  return 0;
}

}  // namespace sconectl::cli
