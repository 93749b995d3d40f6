#include "action/build_record.hpp"

#include <nlohmann/json.hpp>

namespace sconectl::action {
namespace {

constexpr const char* record_file = "built.json";
constexpr std::size_t largest_record = 65536;

}  // namespace

std::optional<BuildRecord> read_build_record(const host::Files& files,
                                             const std::filesystem::path& directory) {
  const auto text = files.read_if_exists(directory / record_file, largest_record);
  if (!text) return std::nullopt;
  try {
    const auto json = nlohmann::json::parse(*text);
    return BuildRecord{json.at("inputs"),          json.at("engine"), json.at("reference"),
                       json.at("base_id"),         json.at("id"),     json.at("digest"),
                       json.value("file_list", "")};
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

void write_build_record(const BuildRecord& record, host::Files& files,
                        const std::filesystem::path& directory) {
  nlohmann::ordered_json json;
  json["inputs"] = record.inputs;
  json["engine"] = record.engine;
  json["reference"] = record.reference;
  json["base_id"] = record.base_id;
  json["id"] = record.id;
  json["digest"] = record.digest;
  if (!record.file_list.empty()) json["file_list"] = record.file_list;
  files.write(directory / record_file, json.dump(2) + "\n", 0644, host::Durability::cached);
}

}  // namespace sconectl::action
