// `sconectl files snapshot | record`: how the build of a native image makes the list of its files.
#include "cli/command.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/image/facts.hpp"
#include "sconectl/launch/integrity.hpp"

namespace sconectl::cli {

int files_snapshot_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "files snapshot",
                "Write down what lies in the image that is being built, for 'files record'.");
  std::string file;
  parser.add_option("FILE", file, "Where to")->required();
  if (!parser.read(std::move(arguments))) return 0;
  invocation.system.files.write(file, launch::snapshot());
  return 0;
}

int files_record_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "files record",
                "List what a build has added to its image, and note the hash of the list in "
                "/scone/policy/service.json.");
  std::string before;
  parser.add_option("SNAPSHOT", before, "What lay there before")->required();
  bool allow_more = false;
  parser.add_flag("--allow-more", allow_more, "The program may put files beside its own");
  if (!parser.read(std::move(arguments))) return 0;
  host::Files& files = invocation.system.files;
  const std::string list = crypto::text(launch::record_files(files.read(before), allow_more));
  const std::string service = "/scone/" + std::string(image::service_json_path);
  const std::string hash = crypto::hex(crypto::view(crypto::sha256(list)));
  files.write(service, image::with_file_list(files.read(service), hash));
  files.write(std::filesystem::path(crypto::file_list_path), list);
  return 0;
}

}  // namespace sconectl::cli
