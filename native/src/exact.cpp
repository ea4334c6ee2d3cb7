// Pairs too close to an edge for the kernel's arithmetic, settled in float64 (no contraction).
#include <algorithm>
#include <cmath>

#include "problem.hpp"

namespace halograd {
namespace {

struct Separation {
  double squared;
  double depth;
};

Separation separation(const Geometry& geometry, const double* first, const double* second,
                      const double* shift) {
  const double dx = (first[0] - second[0]) + shift[0];
  const double dy = (first[1] - second[1]) + shift[1];
  const double dz = (first[2] - second[2]) + shift[2];
  const double across = dx * dx + dy * dy;
  return {geometry.is_projected ? across : across + dz * dz, std::fabs(dz)};
}

int edges_at_or_below(const double* edges, int n_edge, double value) {
  return static_cast<int>(std::upper_bound(edges, edges + n_edge, value) - edges);
}

}  // namespace

int exact_edges_below(const Geometry& geometry, const double* first, const double* second,
                      const double* shift) {
  const double squared = separation(geometry, first, second, shift).squared;
  return edges_at_or_below(geometry.squared, geometry.n_edge, squared);
}

double exact_mu_squared(const Geometry& geometry, const double* first, const double* second,
                        const double* shift) {
  const Separation pair = separation(geometry, first, second, shift);
  return pair.squared > 0 ? pair.depth * pair.depth / pair.squared : 0;
}

int exact_slot(const Geometry& geometry, const double* first, const double* second,
               const double* shift) {
  const Separation pair = separation(geometry, first, second, shift);
  const int row = edges_at_or_below(geometry.squared, geometry.n_edge, pair.squared);
  double sight = pair.depth;
  if (!geometry.is_projected) sight = pair.squared > 0 ? pair.depth / std::sqrt(pair.squared) : 0;
  int column = edges_at_or_below(geometry.sight_edges, geometry.n_sight_edge, sight);
  if (column == geometry.n_sight_edge && geometry.closed_at_one) --column;
  return row * geometry.n_sight_column() + column;
}

}  // namespace halograd
