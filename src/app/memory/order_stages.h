// What the files in /data call the stages of an order (docs/state.md).
#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "acme/issuance.h"

namespace sidecert::app {

inline constexpr std::array<std::pair<acme::OrderStage, std::string_view>, 4> kOrderStages{
    {{acme::OrderStage::Placing, "placing"},
     {acme::OrderStage::Placed, "placed"},
     {acme::OrderStage::Answering, "answering"},
     {acme::OrderStage::Finalizing, "finalizing"}}};

}  // namespace sidecert::app
