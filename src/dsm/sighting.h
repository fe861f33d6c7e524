// What was seen of a DSM from outside, in words that need nothing of the world.
#pragma once

#include <string>
#include <vector>

namespace sidecert::dsm {

/// How far a deployment is proved.
enum class Proof {
  Served,        // a TLS handshake at a place that uses the entry showed our leaf
  NotServedYet,  // DSM lists it, but a place that uses it shows another; a visit after kRepairAfter imports once more
  NotServed,     // the same after that second import: importing again does not help, so it is not done
  NotUsed,       // DSM lists it, and no service uses it (Control Panel > Security > Certificate > Settings)
  NotReachable,  // used, but no place that uses it can be looked at from here, or its port is not known
};

/// A certificate of this DSM and what uses it.
struct Holder {
  std::string certificate;  // its description, or the name it is for
  std::vector<std::string> services;
};

}  // namespace sidecert::dsm
