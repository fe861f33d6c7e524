#include "dsm/target.h"

#include <gmock/gmock.h>

namespace sidecert::dsm {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const std::vector<std::string> kNames{"home.example", "*.home.example"};

Entry entry(std::string id, std::string description, std::vector<std::string> names = {"other.example"}) {
  Entry e;
  e.id = std::move(id);
  e.description = std::move(description);
  e.common_name = names.front();
  std::ranges::sort(names);
  e.names = std::move(names);
  return e;
}

Entry standard(Entry e) {
  e.is_default = true;
  return e;
}
Entry renewable(Entry e) {
  e.renewable = true;
  return e;
}
Entry builtIn(Entry e) {
  e.built_in = true;
  return e;
}

Wish wish(std::optional<std::string> description, bool create = false, std::string remembered = {}) {
  return {.description = std::move(description), .create = create, .remembered_id = std::move(remembered), .names = kNames};
}

TEST(ChooseTarget, TakesTheRememberedEntryEvenWhenItWasRenamed) {
  const auto target = chooseTarget(wish("home", false, "b"), {entry("a", "home"), entry("b", "renamed by hand")});
  ASSERT_TRUE(target);
  EXPECT_EQ(target->id, "b");
  EXPECT_EQ(target->description, "renamed by hand");
}

TEST(ChooseTarget, ForgetsARememberedEntryThatIsGone) {
  const auto target = chooseTarget(wish("home", false, "gone"), {entry("a", "home")});
  ASSERT_TRUE(target);
  EXPECT_EQ(target->id, "a");
}

TEST(ChooseTarget, LeavesARememberedEntryThatDsmRenewsByNow) {
  const auto target = chooseTarget(wish("home", false, "b"), {entry("a", "home"), renewable(entry("b", "home"))});
  ASSERT_TRUE(target);
  EXPECT_EQ(target->id, "a");
}

TEST(ChooseTarget, TakesTheOneWithExactlyThisDescription) {
  const auto target = chooseTarget(wish("home"), {entry("a", "Home"), entry("b", "home "), entry("c", "home")});
  ASSERT_TRUE(target);
  EXPECT_EQ(target->id, "c");
}

TEST(ChooseTarget, TakesADescriptionWithQuotesAndBackslashesAsItIs) {
  const auto target = chooseTarget(wish(R"(a "b" \c)"), {entry("a", R"(a "b" \c)")});
  ASSERT_TRUE(target);
  EXPECT_EQ(target->id, "a");
}

TEST(ChooseTarget, ResolvesDuplicatesByTheNames) {
  const auto target = chooseTarget(wish("home"), {entry("a", "home"), entry("b", "home", kNames)});
  ASSERT_TRUE(target);
  EXPECT_EQ(target->id, "b");
}

TEST(ChooseTarget, RefusesDuplicatesItCannotTellApartAndListsThem) {
  const auto target = chooseTarget(wish("home", true), {entry("aaa", "home"), entry("bbb", "home")});
  ASSERT_FALSE(target);
  EXPECT_EQ(target.error().code, ErrorCode::Settings);
  EXPECT_THAT(target.error().what, AllOf(HasSubstr("aaa"), HasSubstr("bbb")));
  EXPECT_THAT(target.error().hint, HasSubstr("SYNO_CERTIFICATE"));
}

TEST(ChooseTarget, TakesTheUndescribedDefaultForAnEmptyWish) {
  const auto target = chooseTarget(wish(""), {entry("a", ""), standard(entry("b", ""))});
  ASSERT_TRUE(target);
  EXPECT_EQ(target->id, "b");
}

TEST(ChooseTarget, TakesTheOnlyUndescribedEntryWhenTheDefaultHasADescription) {
  const auto target = chooseTarget(wish(""), {standard(entry("a", "mine")), entry("b", ""), renewable(entry("c", ""))});
  ASSERT_TRUE(target);
  EXPECT_EQ(target->id, "b");
}

TEST(ChooseTarget, RefusesSeveralUndescribedEntriesAndListsThem) {
  const auto target = chooseTarget(wish(""), {standard(entry("a", "mine")), entry("bbb", ""), entry("ccc", "")});
  ASSERT_FALSE(target);
  EXPECT_THAT(target.error().what, AllOf(HasSubstr("bbb"), HasSubstr("ccc")));
}

TEST(ChooseTarget, LeavesAnEntryThatDsmRenewsAloneUnlessItIsNamed) {
  EXPECT_FALSE(chooseTarget(wish(""), {standard(renewable(entry("a", "")))}));
  EXPECT_FALSE(chooseTarget(wish(std::nullopt), {standard(renewable(entry("a", "")))}));
  const auto named = chooseTarget(wish("home", true), {renewable(entry("a", "home"))});
  ASSERT_TRUE(named);
  EXPECT_EQ(named->id, "a");
}

TEST(ChooseTarget, TakesTheBuiltInEntryWhenItIsNamed) {
  const auto named = chooseTarget(wish("the NAS's own", true), {standard(builtIn(entry("a", "the NAS's own")))});
  ASSERT_TRUE(named);
  EXPECT_EQ(named->id, "a");
}

TEST(ChooseTarget, TakesAnEntryWithoutDescriptionByItsId) {
  const auto named = chooseTarget(wish("le4711", true), {entry("a", "home"), renewable(entry("le4711", ""))});
  ASSERT_TRUE(named);
  EXPECT_EQ(named->id, "le4711");
}

TEST(ChooseTarget, PrefersOfSeveralTheOneThatIsNotLeftAlone) {
  const auto target = chooseTarget(wish("home"), {renewable(entry("a", "home")), entry("b", "home")});
  ASSERT_TRUE(target);
  EXPECT_EQ(target->id, "b");
}

TEST(ChooseTarget, MakesNoTwinAndSaysWhyTheOtherWasNotTaken) {
  const auto renewed = chooseTarget(wish(std::nullopt, true), {renewable(entry("abc", "home.example", kNames))});
  ASSERT_FALSE(renewed);
  EXPECT_THAT(renewed.error().what, AllOf(HasSubstr("abc"), HasSubstr("DSM renews it itself")));
  EXPECT_THAT(renewed.error().hint, HasSubstr("SYNO_CERTIFICATE=home.example"));
  const auto other_names = chooseTarget(wish(std::nullopt, true), {entry("abc", "home.example")});
  ASSERT_FALSE(other_names);
  EXPECT_THAT(other_names.error().what, HasSubstr("other names"));
}

TEST(ChooseTarget, LeavesTheBuiltInEntryAloneUnlessTheDefaultWasAskedFor) {
  const std::vector<Entry> factory{standard(builtIn(entry("a", "")))};
  EXPECT_FALSE(chooseTarget(wish(std::nullopt), factory));
  const auto asked = chooseTarget(wish(""), factory);
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->id, "a");
}

TEST(ChooseTarget, MakesANewOneOnlyWhenAllowed) {
  const auto refused = chooseTarget(wish("home"), {entry("abc123", "other")});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, AllOf(HasSubstr("home"), HasSubstr("abc123"), HasSubstr("other.example")));
  EXPECT_THAT(refused.error().hint, HasSubstr("SYNO_CREATE=1"));
  const auto made = chooseTarget(wish("home", true), {entry("abc123", "other")});
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->creates());
  EXPECT_EQ(made->description, "home");
}

TEST(ChooseTarget, NamesANewOneAfterTheFirstNameAndFindsItAgainWithoutMemory) {
  const auto made = chooseTarget(wish(std::nullopt, true), {standard(builtIn(entry("a", "")))});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->description, "home.example");
  const auto again =
      chooseTarget(wish(std::nullopt, true), {standard(builtIn(entry("a", ""))), entry("b", "home.example", kNames)});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->id, "b");
}

TEST(ChooseTarget, NeverGuessesByTheCommonName) {
  EXPECT_FALSE(chooseTarget(wish("home"), {entry("a", "else", kNames)}));
}

}  // namespace
}  // namespace sidecert::dsm
