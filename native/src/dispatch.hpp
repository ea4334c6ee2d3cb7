// The kernel for the instruction set of the machine at hand.
#pragma once

#include "problem.hpp"
#include "table.hpp"

namespace halograd {

const char* instruction_set();

template <class T>
AroundPoints<T> around_points();

const TableKernel& table_kernel();

}  // namespace halograd
