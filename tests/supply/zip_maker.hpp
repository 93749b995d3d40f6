// Zip archives, and damaged ones.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sconectl::supply {

struct ZipFile {
  std::string name;
  std::string content;
  std::uint16_t method = 0;  ///< 8: says that the content is compressed
};

inline std::string little(std::size_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i, value >>= 8U) text += static_cast<char>(value & 0xFFU);
  return text;
}

inline std::string zip_of(const std::vector<ZipFile>& files) {
  std::string archive;
  std::string directory;
  for (const ZipFile& file : files) {
    const std::string sizes = little(0, 4) + little(file.content.size(), 4) +
                              little(file.content.size(), 4) + little(file.name.size(), 2) +
                              little(0, 2);
    const std::string common = little(20, 2) + little(0, 2) + little(file.method, 2) + little(0, 4);
    directory += "PK\x01\x02" + little(20, 2) + common + sizes + little(0, 10) +
                 little(archive.size(), 4) + file.name;
    archive += "PK\x03\x04" + common + sizes + file.name + file.content;
  }
  const std::size_t start = archive.size();
  return archive + directory + "PK\x05\x06" + little(0, 4) + little(files.size(), 2) +
         little(files.size(), 2) + little(directory.size(), 4) + little(start, 4) + little(0, 2);
}

}  // namespace sconectl::supply
