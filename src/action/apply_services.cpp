#include "sconectl/action/apply_services.hpp"

#include <fmt/core.h>

#include <atomic>
#include <mutex>

#include "action/manifests.hpp"
#include "action/prepared_service.hpp"
#include "action/side_by_side.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/image/plan_text.hpp"

namespace sconectl::action {
namespace {

/// What one service has to itself.
struct Place {
  explicit Place(System with) : system{std::move(with)} {}

  System system;
  std::optional<PreparedService> prepared;
  ServiceOutcome outcome;
};

/// The same machine for threads: what is told comes line by line, and says about whom.
System for_threads(System& system, std::mutex& said, const std::string& name, bool several) {
  System result = system;
  const auto with_name = [&, name](const auto& tell) {
    return [&said, &tell, prefix = several ? name + ": " : ""](std::string_view line) {
      const std::scoped_lock guard(said);
      tell(prefix + std::string(line));
    };
  };
  result.tell = with_name(system.tell);
  result.tell_more = with_name(system.tell_more);
  result.warn = [&](const diag::Diagnostic& warning) {
    const std::scoped_lock guard(said);
    system.warn(warning);
  };
  if (!system.step) return result;
  result.step = [&, name](std::string_view /*about*/, std::string_view state) {
    const std::scoped_lock guard(said);
    system.step(name, state);
  };
  result.tell = result.tell_more = [step = result.step](std::string_view line) { step("", line); };
  return result;
}

/// The name that the manifest gives the service; its place if there is none.
std::string name_of(const Document& document) {
  const yaml::Value* build = document.value.find("build");
  const yaml::Value* name = build == nullptr ? nullptr : build->find("name");
  return name == nullptr || name->text().empty() ? document.file : name->text();
}

void check_files(const ServiceOptions& options, std::size_t count) {
  const auto refuse = [&](const char* option) {
    throw diag::Error(
        diag::ErrorKind::usage,
        fmt::format("{} names one place, and there are {} services; apply them one by one", option,
                    count));
  };
  if (options.id_file) refuse("--iidfile");
  if (options.metadata_file) refuse("--metadata-file");
  if (options.image_output) refuse("--image-output");
}

/// Those with a name in common write to the same directory, those with an image to the same tag.
std::vector<std::vector<std::size_t>> turns(const std::vector<std::unique_ptr<Place>>& places) {
  std::vector<std::vector<std::string>> words;
  words.reserve(places.size());
  for (const auto& place : places)
    words.push_back(
        {"name " + place->prepared->plan.name, "image " + place->prepared->plan.reference});
  return grouped(words);
}

std::vector<ServiceOutcome> outcomes(const std::vector<std::unique_ptr<Place>>& places) {
  std::vector<ServiceOutcome> result;
  result.reserve(places.size());
  for (const auto& place : places) result.push_back(std::move(place->outcome));
  return result;
}

void write_plan(System& system, const std::string& file,
                const std::vector<ServiceOutcome>& services) {
  std::vector<std::string> plans;
  for (const ServiceOutcome& each : services)
    if (each.applied) plans.push_back(each.applied->plan);
  system.files.write(file, image::plan_document(plans));
}

}  // namespace

std::vector<ServiceOutcome> apply_services(System& system, const std::vector<Document>& documents,
                                           const ServiceOptions& options, std::size_t jobs) {
  const bool several = documents.size() > 1;
  if (several) check_files(options, documents.size());
  std::mutex said;
  std::vector<std::unique_ptr<Place>> places;
  places.reserve(documents.size());
  for (const Document& document : documents)
    places.push_back(
        std::make_unique<Place>(for_threads(system, said, name_of(document), several)));
  std::atomic<bool> failed = false;
  const auto guarded = [&](Place& place, const auto& act) {
    try {
      act();
    } catch (...) {
      place.outcome.failure = std::current_exception();
      failed = true;
    }
    if (place.system.step) place.system.step("", "");
  };
  side_by_side(places.size(), jobs, [&](std::size_t i) {
    Place& place = *places[i];
    guarded(place,
            [&] { place.prepared.emplace(prepare_service(place.system, documents[i], options)); });
  });
  if (failed) return outcomes(places);

  const auto lock = lock_target(system, options.target);
  for (const auto& place : places) keep_signing_key_for(place->system, *place->prepared, options);
  const auto groups = turns(places);
  const auto in_turns = [&](const auto& act) {
    side_by_side(groups.size(), jobs, [&](std::size_t group) {
      for (const std::size_t i : groups[group])
        if (!failed) guarded(*places[i], [&] { act(*places[i]); });
    });
  };
  if (options.plan)
    in_turns([&](Place& place) { check_planned(place.system, *place.prepared, options); });
  in_turns([&](Place& place) {
    place.outcome.applied = finish_service(place.system, *place.prepared, options);
  });
  auto result = outcomes(places);
  if (options.plan_out && !failed) write_plan(system, *options.plan_out, result);
  return result;
}

}  // namespace sconectl::action
