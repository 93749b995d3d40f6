// How many documents a property test makes.
#pragma once

namespace sconectl::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SCONECTL_SLOW_TESTS
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SCONECTL_SLOW_TESTS
#endif
#endif

/// A part of them under sanitizers, which take ten times as long; tests/run runs both.
#ifdef SCONECTL_SLOW_TESTS
constexpr int property_documents = 1000;
#else
constexpr int property_documents = 12000;
#endif
#undef SCONECTL_SLOW_TESTS

}  // namespace sconectl::test
