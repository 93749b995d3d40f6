// How much work a test makes that takes long under sanitizers; tests/run runs both.
#pragma once

namespace sconectl::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SCONECTL_SLOW_TESTS
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SCONECTL_SLOW_TESTS
#endif
#endif

#ifdef SCONECTL_SLOW_TESTS
constexpr bool under_sanitizers = true;
#else
constexpr bool under_sanitizers = false;
#endif
#undef SCONECTL_SLOW_TESTS

/// How many documents a property test makes.
constexpr int property_documents = under_sanitizers ? 1000 : 12000;

}  // namespace sconectl::test
