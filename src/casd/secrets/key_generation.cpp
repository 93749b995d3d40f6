#include "casd/secrets/key_generation.hpp"

#include <algorithm>
#include <future>
#include <memory>
#include <utility>

#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {
/// Whatever else wants the processor has it first.
constexpr int lowest_claim = 19;
}  // namespace

bool is_slow(crypto::KeyType type) {
  return type == crypto::KeyType::rsa2048 || type == crypto::KeyType::rsa3072;
}

KeyGeneration::KeyGeneration()
    : threads_(std::max(1U, std::thread::hardware_concurrency() / 2), lowest_claim) {}

KeyGeneration::Place::Place(KeyGeneration& generation, std::string source)
    : generation_(generation), source_(std::move(source)) {
  const std::lock_guard lock(generation_.mutex_);
  const auto of_source = generation_.waiting_.find(source_);
  const bool too_many_of_source =
      of_source != generation_.waiting_.end() && of_source->second >= most_waiting_of_source;
  if (too_many_of_source || generation_.all_waiting_ >= most_waiting)
    throw diag::Error(diag::ErrorKind::unavailable,
                      "too many RSA keys are being made; try again, or use another key_type");
  ++generation_.waiting_[source_];
  ++generation_.all_waiting_;
}

KeyGeneration::Place::~Place() {
  const std::lock_guard lock(generation_.mutex_);
  --generation_.all_waiting_;
  const auto of_source = generation_.waiting_.find(source_);
  if (--of_source->second == 0) generation_.waiting_.erase(of_source);
}

crypto::PrivateKey KeyGeneration::Place::generate(crypto::KeyType type) {
  const auto key = std::make_shared<std::promise<crypto::PrivateKey>>();
  auto made = key->get_future();
  generation_.threads_.post(source_, [key, type, &stopping = generation_.stopping_] {
    try {
      if (stopping) throw diag::Error(diag::ErrorKind::unavailable, "the CAS is shutting down");
      key->set_value(crypto::PrivateKey::generate(type));
    } catch (...) {
      key->set_exception(std::current_exception());
    }
  });
  return made.get();
}

}  // namespace sconectl::casd
