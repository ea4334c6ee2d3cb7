// Bins prepared for the kernel: squared edges, their rounding margins and the lookup tables.
#pragma once

#include <cstdint>
#include <vector>

#include "problem.hpp"

namespace halograd {

struct Bins {
  const double* edges;
  int n_edge;
  const double* sight_edges;
  int n_sight_edge;
  bool is_projected;
  const double* polynomials = nullptr;  // (n_order, n_moment), in mu^2
  int n_order = 0;
  int n_moment = 1;
};

// A geometry with the arrays that it points to.
struct PreparedGeometry : Geometry {
  std::vector<double> squared_edges;
  std::vector<float> margins[2];
  std::vector<std::uint32_t> widths;
};

PreparedGeometry prepare_geometry(const Bins& bins, const Grid& grid);

}  // namespace halograd
