// An image that is put together without a container engine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sconectl/image/plan.hpp"
#include "sconectl/oci/blob_store.hpp"
#include "sconectl/oci/layout.hpp"
#include "sconectl/oci/source.hpp"

namespace sconectl::image {

/// A file or a folder of the build context, and where it comes to lie in the image.
struct Placement {
  std::string context;  ///< a folder ends in '/'
  std::string target;   ///< absolute; of a folder, what its entries lie in
};

/// What changes together is one layer.
struct AssemblyLayer {
  std::string title;  ///< in the history of the image: "application"
  std::vector<Placement> parts;
};

struct Assembly {
  std::string base;                   ///< "scratch": none
  std::vector<AssemblyLayer> layers;  ///< lowest first; /scone lies above them
  std::string directory;
  std::vector<std::string> entrypoint;
  std::map<std::string, std::string> labels;
  SconeFolder folder;                       ///< /scone
  std::optional<ListedFiles> listed_files;  ///< what of it is compared before it starts
};

/// Pure. Error{unsupported} for an image in which commands have to run; it names all of them.
[[nodiscard]] Assembly assembly(const BuildPlan& plan);

/// The base of an assembly, as it was found.
struct AssemblyBase {
  oci::ImageSource& source;
  oci::ResolvedImage image;
};

struct Assembled {
  oci::WholeImage image;
  std::string digest;                    ///< of the manifest
  std::string id;                        ///< of the configuration, as engines name images
  std::vector<oci::Descriptor> made;     ///< layers that are in the store
  std::vector<oci::Descriptor> of_base;  ///< layers that the base's source has
  std::string file_list;                 ///< Facts::file_list
};

/// Hears how much of a layer is packed, in bytes.
using Progress =
    std::function<void(const std::string& title, std::uint64_t done, std::uint64_t all)>;

/// Packs what write() wrote into `context` and puts it on the base. Owners are 0:0, modes 0644 or
/// 0755 and times `time` (seconds since 1970), whatever they are on this machine: the same context,
/// base and time give the same digest everywhere. Directories that the base has keep their owner
/// and mode, and its symbolic links are followed.
[[nodiscard]] Assembled assemble(const Assembly& assembly, const std::optional<AssemblyBase>& base,
                                 const std::filesystem::path& context, host::Files& files,
                                 oci::BlobStore& store, const std::filesystem::path& cache,
                                 std::uint64_t time, const Progress& progress = {});

}  // namespace sconectl::image
