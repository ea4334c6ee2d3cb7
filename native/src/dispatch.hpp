// The kernel for the instruction set of the machine at hand.
#pragma once

#include "problem.hpp"

namespace halograd {

const char* instruction_set();

template <class T>
AroundPoints<T> around_points();

}  // namespace halograd
