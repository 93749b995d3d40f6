#include "sconectl/crypto/key_shares.hpp"

#include <gmock/gmock.h>

#include "sconectl/crypto/random.hpp"
#include "sconectl/diag/error.hpp"
#include "support/matchers.hpp"

namespace sconectl::crypto {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::vector<NamedShare> chosen(const std::vector<Secret>& shares,
                               std::initializer_list<std::size_t> which) {
  std::vector<NamedShare> result;
  for (const auto i : which) result.push_back({"share" + std::to_string(i), shares[i].clone()});
  return result;
}

std::string fault_of(const std::vector<NamedShare>& shares) {
  try {
    (void)join_key(shares);
    return "none";
  } catch (const diag::Error& error) {
    return error.text();
  }
}

TEST(KeyShares, any_of_them_give_the_key_back_in_any_order) {
  const auto key = random_bytes(32);
  const auto shares = split_key(key.view(), 3, 5);
  ASSERT_EQ(shares.size(), 5U);
  for (std::size_t a = 0; a < 5; ++a)
    for (std::size_t b = 0; b < 5; ++b)
      for (std::size_t c = 0; c < 5; ++c)
        if (a != b && b != c && a != c) {
          EXPECT_EQ(join_key(chosen(shares, {a, b, c})).view(), key.view());
        }
  EXPECT_EQ(join_key(chosen(shares, {4, 3, 2, 1, 0})).view(), key.view());
}

TEST(KeyShares, fewer_give_nothing) {
  const auto shares = split_key(random_bytes(32).view(), 3, 5);
  EXPECT_THAT(fault_of(chosen(shares, {0, 4})), HasSubstr("3 of the shares are needed and 2 were"));
  EXPECT_THAT(fault_of({}), HasSubstr("no share"));
}

TEST(KeyShares, every_wrong_one_is_named) {
  const auto shares = split_key(random_bytes(32).view(), 2, 3);
  const auto others = split_key(random_bytes(32).view(), 2, 3);
  auto mixed = chosen(shares, {0, 1, 1});
  mixed.push_back({"stranger", others[2].clone()});
  auto text = std::string(shares[2].view());
  text[60] = text[60] == 'a' ? 'b' : 'a';
  mixed.push_back({"mistyped", Secret(text)});
  EXPECT_THAT(fault_of(mixed), AllOf(HasSubstr("stranger is of another set"),
                                     HasSubstr("mistyped is no share, or was changed"),
                                     HasSubstr("share1 is the same share as share1")));
}

TEST(KeyShares, comments_and_line_ends_do_not_matter) {
  const auto key = random_bytes(32);
  const auto shares = split_key(key.view(), 2, 2);
  std::vector<NamedShare> given;
  for (const auto& share : shares)
    given.push_back({"s", Secret("# mine\n" + std::string(share.view()) + "\r\n\n")});
  EXPECT_EQ(join_key(given).view(), key.view());
}

TEST(KeyShares, a_number_that_makes_no_sense_is_refused) {
  const auto key = random_bytes(32);
  for (const auto& [threshold, count] :
       std::initializer_list<std::pair<unsigned, unsigned>>{{1, 3}, {4, 3}, {0, 0}, {2, 256}})
    EXPECT_THROW((void)split_key(key.view(), threshold, count), diag::Error) << threshold << count;
  EXPECT_EQ(split_key(key.view(), 255, 255).size(), 255U);
}

TEST(KeyShares, one_share_says_nothing_about_the_key) {
  const Secret key = Secret::zeros(32);
  const auto a = split_key(key.view(), 2, 2);
  const auto b = split_key(key.view(), 2, 2);
  EXPECT_NE(a[0].view(), b[0].view());
  EXPECT_THAT(std::string(a[0].view()), test::HasButNot("sconectl-share-1", std::string(16, '0')));
}

}  // namespace
}  // namespace sconectl::crypto
