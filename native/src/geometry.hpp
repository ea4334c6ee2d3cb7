// Bins prepared for the kernel: squared edges, their rounding margins and the lookup tables.
#pragma once

#include "problem.hpp"

namespace halograd {

struct Bins {
  const double* edges;
  int n_edge;
  const double* sight_edges;
  int n_sight_edge;
  bool is_projected;
};

Geometry prepare_geometry(const Bins& bins, const Grid& grid);

}  // namespace halograd
