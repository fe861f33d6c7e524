// The owner of an object that a C library frees with a function of its own.
#pragma once

#include <memory>

namespace sidecert {

template <auto FreeFn>
struct Freer {
  template <class T>
  void operator()(T* p) const noexcept {
    FreeFn(p);
  }
};

/// As large as a pointer: the function is part of the type.
template <class T, auto FreeFn>
using Handle = std::unique_ptr<T, Freer<FreeFn>>;

}  // namespace sidecert
