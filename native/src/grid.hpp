// The grid of columns that points were sorted by.
#pragma once

#include <algorithm>
#include <cstdint>

#include "problem.hpp"

namespace halograd {

constexpr double kPointsPerSlot = 3;

// box: origin (3,) and sides (3,); shape: columns along x and y, of `n_point` points.
inline Grid make_grid(const double* box, const std::int32_t* shape, std::int64_t n_point) {
  Grid grid{};
  std::copy_n(box, 3, grid.origin);
  std::copy_n(box + 3, 3, grid.sides);
  std::copy_n(shape, 2, grid.n);
  for (int axis = 0; axis < 2; ++axis) grid.width[axis] = grid.sides[axis] / grid.n[axis];
  const double per_column = static_cast<double>(n_point) / grid.n_column();
  grid.n_slot = static_cast<std::int32_t>(std::clamp(per_column / kPointsPerSlot, 1.0, 65536.0));
  return grid;
}

}  // namespace halograd
