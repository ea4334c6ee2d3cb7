// Points in the order of their columns, once per catalogue.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>

#include "visibility.hpp"

namespace {

struct Point {
  double z;
  std::int32_t row;
  bool operator<(const Point& other) const {
    return z < other.z || (z == other.z && row < other.row);
  }
};

std::int32_t cell_of(double along, double width, std::int32_t n) {
  const auto cell = static_cast<std::int32_t>(std::floor(along / width));
  return std::min(std::max(cell, 0), n - 1);
}

}  // namespace

// positions (n, 3); origin, sides (3,); shape (2,) columns across the sky. Fills sorted (n, 3),
// rows (n,) with the place each point had, and starts (n_column + 1,).
extern "C" HALOGRAD_EXPORT void halograd_sort_points(const double* positions, std::int64_t n,
                                                     const double* origin, const double* sides,
                                                     const std::int32_t* shape, double* sorted,
                                                     std::int32_t* rows, std::int32_t* starts) {
  const std::int64_t n_column = static_cast<std::int64_t>(shape[0]) * shape[1];
  const double width[2] = {sides[0] / shape[0], sides[1] / shape[1]};
  std::unique_ptr<std::int32_t[]> column(new std::int32_t[n]);
  std::fill(starts, starts + n_column + 1, 0);
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int32_t x = cell_of(positions[3 * i] - origin[0], width[0], shape[0]);
    const std::int32_t y = cell_of(positions[3 * i + 1] - origin[1], width[1], shape[1]);
    column[i] = x * shape[1] + y;
    ++starts[column[i] + 1];
  }
  for (std::int64_t c = 0; c < n_column; ++c) starts[c + 1] += starts[c];
  std::unique_ptr<Point[]> points(new Point[n]);
  std::unique_ptr<std::int32_t[]> next(new std::int32_t[n_column]);
  std::copy(starts, starts + n_column, next.get());
  for (std::int64_t i = 0; i < n; ++i) {
    points[next[column[i]]++] = {positions[3 * i + 2], static_cast<std::int32_t>(i)};
  }
  for (std::int64_t c = 0; c < n_column; ++c) {
    std::sort(points.get() + starts[c], points.get() + starts[c + 1]);
  }
  for (std::int64_t i = 0; i < n; ++i) {
    rows[i] = points[i].row;
    const double* from = positions + 3 * static_cast<std::int64_t>(points[i].row);
    std::copy(from, from + 3, sorted + 3 * i);
  }
}
