// The stages of an order, as far as they decide what a lost order may have cost.
#pragma once

namespace sidecert::acme {

/// How far an order has come, or is about to come: saved before the request that takes it there.
enum class OrderStage {
  Placing,     // newOrder
  Placed,      // the CA named its URL
  Answering,   // the challenges: what fails from here on counts as a failed authorization
  Finalizing,  // the CSR: from here on there may be a certificate
};

}  // namespace sidecert::acme
