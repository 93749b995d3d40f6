// Threads that are shared fairly, and the keys that they make.
#include "casd/waiting/fair_threads.hpp"

#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "casd/secrets/key_generation.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {
namespace {

TEST(FairThreads, who_has_many_jobs_waits_behind_his_own) {
  std::string order;
  std::promise<void> begin;
  {
    FairThreads threads(1);
    threads.post("a", [gate = begin.get_future().share()] { gate.wait(); });
    for (int i = 0; i < 3; ++i) threads.post("many", [&] { order += 'm'; });
    threads.post("other", [&] { order += 'o'; });
    threads.post("one", [&] { order += '1'; });
    begin.set_value();
  }
  EXPECT_EQ(order, "m1omm") << "and what was posted is done before the end";
}

TEST(FairThreads, jobs_are_done_side_by_side) {
  FairThreads threads(2);
  std::promise<void> first;
  std::promise<void> second;
  threads.post("a", [&] {
    first.set_value();
    second.get_future().wait();
  });
  threads.post("a", [&, started = first.get_future().share()] {
    started.wait();
    second.set_value();
  });
  threads.join();
  bool done = false;
  threads.post("a", [&] { done = true; });
  EXPECT_FALSE(done);
}

TEST(FairThreads, one_source_can_not_have_all_threads) {
  std::atomic<int> of_one = 0;
  std::promise<void> go_on;
  std::promise<void> other;
  {
    FairThreads threads(3, 0, 2);
    const auto gate = go_on.get_future().share();
    for (int i = 0; i < 5; ++i)
      threads.post("one", [&of_one, gate, i] {
        ++of_one;
        if (i < 2) gate.wait();
      });
    threads.post("other", [&] { other.set_value(); });
    EXPECT_EQ(other.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
    while (of_one < 2) std::this_thread::yield();  // the second of them has a thread, too
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(of_one, 2);
    go_on.set_value();
  }
  EXPECT_EQ(of_one, 5) << "and what was posted is done before the end";
}

TEST(FairThreads, a_stop_leaves_out_what_has_not_begun) {
  FairThreads threads(1);
  std::promise<void> begun;
  std::promise<void> go_on;
  std::string order;
  threads.post("a", [&] {
    begun.set_value();
    go_on.get_future().wait();
    order += 'a';
  });
  threads.post("b", [&] { order += 'b'; });
  begun.get_future().wait();
  auto stopped = std::async(std::launch::async, [&] { threads.stop(); });
  EXPECT_EQ(stopped.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
  go_on.set_value();
  stopped.get();
  EXPECT_EQ(order, "a");
}

std::string refusal_of(KeyGeneration& generation, const std::string& source) {
  try {
    const KeyGeneration::Place place(generation, source);
    return "";
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::unavailable);
    return error.text();
  }
}

TEST(KeyGeneration, few_wait_and_fewer_of_one_source) {
  KeyGeneration generation;
  std::deque<KeyGeneration::Place> places;
  for (std::size_t i = 0; i < KeyGeneration::most_waiting_of_source; ++i)
    places.emplace_back(generation, "a");
  EXPECT_THAT(refusal_of(generation, "a"), testing::HasSubstr("too many RSA keys"));
  EXPECT_EQ(refusal_of(generation, "b"), "");
  while (places.size() < KeyGeneration::most_waiting)
    places.emplace_back(generation, "s" + std::to_string(places.size()));
  EXPECT_THAT(refusal_of(generation, "b"), testing::HasSubstr("too many RSA keys"));
  places.pop_front();
  EXPECT_EQ(refusal_of(generation, "a"), "");
}

TEST(KeyGeneration, at_the_end_of_the_program_nobody_waits_for_a_key) {
  KeyGeneration generation;
  SlowKeys keys(generation, "a");
  generation.stop();
  EXPECT_THROW((void)keys.generate(crypto::KeyType::rsa3072), diag::Error);
}

TEST(KeyGeneration, makes_the_key_that_is_wanted) {
  KeyGeneration generation;
  SlowKeys keys(generation, "a");
  EXPECT_EQ(keys.generate(crypto::KeyType::rsa2048).type(), crypto::KeyType::rsa2048);
  EXPECT_FALSE(is_slow(crypto::KeyType::p384));
}

}  // namespace
}  // namespace sconectl::casd
