// What every implementation of state::Store keeps. An implementation instantiates the suite with a Medium:
//
//   struct Medium {
//     state::Store& store();                       // as one process sees it
//     std::unique_ptr<state::Store> another();     // as another one does
//     void cutPowerAt(int step);                   // the step-th change from now on is cut in its middle, all later ones
//     fail void restart(bool keeps_what_was_not_synced); void damage(const std::string& key);         // what lies there is
//     no document any more void makeNewer(const std::string& key);      // it was written by a program of a newer schema
//   };
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "state/store.h"

namespace sidecert::state {

template <class Medium>
class StoreContract : public ::testing::Test {
 protected:
  Store& store() { return medium_.store(); }
  static Json numbered(int number) { return {{"number", number}}; }
  static int numberIn(Store& from, const std::string& key) {
    const auto found = from.get(key);
    EXPECT_TRUE(found && *found) << key;
    return found && *found ? (*found)->body.value("number", -1) : -1;
  }
  static Revision mustPut(Store& into, const std::string& key, std::optional<Json> body, const Revision& expected) {
    auto put = into.put(key, std::move(body), expected);
    EXPECT_TRUE(put) << put.error().what;
    return put.value_or("");
  }
  Medium medium_;
};

TYPED_TEST_SUITE_P(StoreContract);

TYPED_TEST_P(StoreContract, WhatWasPutIsGotWithItsRevision) {
  const Revision first = this->mustPut(this->store(), "a/b", this->numbered(1), "");
  const auto found = this->store().get("a/b");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->revision, first);
  EXPECT_EQ((*found)->body["number"], 1);
  EXPECT_EQ((*found)->body["schema"], kSchema);
  const auto absent = this->store().get("a/c");
  ASSERT_TRUE(absent);
  EXPECT_FALSE(*absent);
}

TYPED_TEST_P(StoreContract, AnotherRevisionThanExpectedIsLeftAlone) {
  const Revision first = this->mustPut(this->store(), "a", this->numbered(1), "");
  const auto blind = this->store().put("a", this->numbered(2), "");
  ASSERT_FALSE(blind);
  EXPECT_EQ(blind.error().code, ErrorCode::Refused);
  const Revision second = this->mustPut(this->store(), "a", this->numbered(2), first);
  EXPECT_NE(first, second);
  EXPECT_FALSE(this->store().put("a", this->numbered(3), first));
  EXPECT_FALSE(this->store().put("a", std::nullopt, first)) << "taken away by somebody who saw an older one";
  EXPECT_EQ(this->numberIn(this->store(), "a"), 2);
}

TYPED_TEST_P(StoreContract, WhatIsTakenAwayIsGoneAndMayComeAgain) {
  const Revision first = this->mustPut(this->store(), "a", this->numbered(1), "");
  EXPECT_EQ(this->mustPut(this->store(), "a", std::nullopt, first), "");
  const auto found = this->store().get("a");
  ASSERT_TRUE(found);
  EXPECT_FALSE(*found);
  this->mustPut(this->store(), "a", this->numbered(2), "");
  EXPECT_EQ(this->numberIn(this->store(), "a"), 2);
}

TYPED_TEST_P(StoreContract, ListsTheKeysOfAFolderSortedAndNoOthers) {
  for (const char* key : {"c/two/record", "c/one/record", "c/one/nas/attic", "ledger", "cc/x"})
    this->mustPut(this->store(), key, this->numbered(1), "");
  const auto some = this->store().list("c");
  ASSERT_TRUE(some);
  EXPECT_THAT(*some, ::testing::ElementsAre("c/one/nas/attic", "c/one/record", "c/two/record"));
  const auto all = this->store().list("");
  ASSERT_TRUE(all);
  EXPECT_EQ(all->size(), 5U);
  const auto none = this->store().list("nothing");
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
}

TYPED_TEST_P(StoreContract, AnotherProcessSeesItAtOnceAndNobodyOverwritesUnseen) {
  const auto other = this->medium_.another();
  const Revision first = this->mustPut(this->store(), "a", this->numbered(1), "");
  EXPECT_EQ(this->numberIn(*other, "a"), 1);
  const Revision theirs = this->mustPut(*other, "a", this->numbered(2), first);
  EXPECT_FALSE(this->store().put("a", this->numbered(3), first));
  this->mustPut(this->store(), "a", this->numbered(3), theirs);
  EXPECT_EQ(this->numberIn(*other, "a"), 3);
}

TYPED_TEST_P(StoreContract, ALeaseIsHeldByOneUntilItIsGivenBack) {
  const auto other = this->medium_.another();
  auto held = this->store().lease("pass");
  ASSERT_TRUE(held && *held);
  const auto refused = other->lease("pass");
  ASSERT_TRUE(refused);
  EXPECT_EQ(*refused, nullptr);
  EXPECT_TRUE(other->lease("else").value()) << "another lease is another matter";
  held->reset();
  EXPECT_TRUE(other->lease("pass").value());
}

TYPED_TEST_P(StoreContract, ADamagedDocumentCountsAsNoneReadersLeaveItAndAPutReplacesIt) {
  this->mustPut(this->store(), "a", this->numbered(1), "");
  this->medium_.damage("a");
  for (int look = 0; look < 2; ++look) {
    const auto body = read(this->store(), "a");
    ASSERT_TRUE(body);
    EXPECT_FALSE(*body);
  }
  EXPECT_FALSE(this->store().put("a", this->numbered(2), "")) << "it is there";
  ASSERT_TRUE(write(this->store(), "a", this->numbered(2)));
  EXPECT_EQ(this->numberIn(this->store(), "a"), 2);
}

TYPED_TEST_P(StoreContract, ANewerSchemaIsAnErrorAndIsLeftAlone) {
  this->mustPut(this->store(), "a", this->numbered(1), "");
  this->medium_.makeNewer("a");
  const auto found = this->store().get("a");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::Storage);
  EXPECT_FALSE(write(this->store(), "a", this->numbered(2)));
  EXPECT_FALSE(this->store().get("a")) << "still the newer one";
}

// Wherever the power goes, the document is the old one or the new one.
TYPED_TEST_P(StoreContract, APowerCutLeavesTheOldOrTheNewDocument) {
  for (const bool keeps : {false, true}) {
    for (int step = 0;; ++step) {
      SCOPED_TRACE(step);
      ASSERT_LT(step, 1000);
      TypeParam medium;
      const auto first = medium.store().put("folder/a", this->numbered(1), "");
      ASSERT_TRUE(first);
      medium.cutPowerAt(step);
      const bool finished = medium.store().put("folder/a", this->numbered(2), *first).has_value();
      medium.restart(keeps);
      const int number = this->numberIn(medium.store(), "folder/a");
      EXPECT_TRUE(number == 2 || (number == 1 && !finished)) << number;
      ASSERT_TRUE(write(medium.store(), "folder/a", this->numbered(3)));
      if (finished) break;
    }
  }
}

REGISTER_TYPED_TEST_SUITE_P(StoreContract, WhatWasPutIsGotWithItsRevision, AnotherRevisionThanExpectedIsLeftAlone,
                            WhatIsTakenAwayIsGoneAndMayComeAgain, ListsTheKeysOfAFolderSortedAndNoOthers,
                            AnotherProcessSeesItAtOnceAndNobodyOverwritesUnseen, ALeaseIsHeldByOneUntilItIsGivenBack,
                            ADamagedDocumentCountsAsNoneReadersLeaveItAndAPutReplacesIt, ANewerSchemaIsAnErrorAndIsLeftAlone,
                            APowerCutLeavesTheOldOrTheNewDocument);

}  // namespace sidecert::state
