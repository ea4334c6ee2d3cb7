#include "geometry.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace halograd {
namespace {

constexpr double kUnit = 1.0 / (1 << 24);  // half a unit in the last place of 1.0f

std::uint32_t bits_of(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

// How far a coordinate difference can be off in float: the point as seen from the cell, the other
// point in it, their difference, and z in turns of 2^32.
double coordinate_error(double separation, const Grid& grid) {
  const double cell = std::max(grid.width[0], grid.width[1]);
  return kUnit * (2 * separation + 1.5 * cell);
}

double depth_error(double separation, const Grid& grid) {
  return 3 * kUnit * separation + grid.sides[2] / 4294967296.0;
}

double squared_error(double separation, const Geometry& geometry, const Grid& grid) {
  const double off = coordinate_error(separation, grid);
  const double along = geometry.is_projected ? 0 : depth_error(separation, grid);
  const double all = std::sqrt(2 * off * off + along * along);
  return 2 * separation * all + all * all + 5 * kUnit * separation * separation;
}

void set_margins(PreparedGeometry& geometry, const Grid& grid) {
  const std::size_t n = static_cast<std::size_t>(geometry.n_edge);
  std::vector<float>&low_margins = geometry.margins[0], &high_margins = geometry.margins[1];
  std::vector<std::uint32_t>& widths = geometry.widths;
  low_margins.resize(n);
  high_margins.resize(n);
  widths.resize(n);
  for (int k = 0; k < geometry.n_edge; ++k) {
    const double error = squared_error(geometry.edges[k], geometry, grid);
    const double low = std::max(0.0, geometry.squared[k] - error);
    const double high = geometry.squared[k] + error;
    const bool is_zero = geometry.squared[k] == 0;  // nothing lies below, nothing is unclear
    low_margins[k] = is_zero ? 0 : static_cast<float>(low);
    high_margins[k] = is_zero ? 0 : static_cast<float>(high);
    widths[k] = bits_of(high_margins[k]) - bits_of(low_margins[k]);
  }
  for (int k = geometry.n_edge - 2; k >= 0; --k) widths[k] = std::max(widths[k], widths[k + 1]);
  geometry.surely_below = low_margins.data();
  geometry.surely_beyond = high_margins.data();
  geometry.unclear_width = widths.data();
}

// Closer than that, rounding of coordinates could show in mu^2 by more than it may.
float no_moment_below(const Geometry& geometry, const Grid& grid) {
  constexpr double kMostError = 1e-5;
  const double off = coordinate_error(0, grid), along = depth_error(0, grid);
  const double nearest = 2 * std::sqrt(2 * off * off + along * along) / kMostError;
  return static_cast<float>(std::min(nearest, geometry.reach) * std::min(nearest, geometry.reach));
}

bool are_even(const double* edges, int n_edge) {
  const double last = edges[n_edge - 1];
  for (int k = 0; k < n_edge; ++k) {
    if (std::abs(edges[k] - last * k / (n_edge - 1)) > 1e-12 * last) return false;
  }
  return true;
}

// Buckets of |pi|, or of mu^2.
void set_sight_buckets(Geometry& geometry, const Grid& grid) {
  const double near = 0.25 * std::min(geometry.reach, grid.width[0]);
  geometry.no_angle_below = static_cast<float>(near * near);
  const int n_edge = geometry.n_sight_edge;
  const double power = geometry.is_projected ? 1 : 2;
  const double last = std::pow(geometry.sight_edges[n_edge - 1], power);
  if (!std::isfinite(last)) return;
  const double scale = (kSightBuckets - 2) / last;
  geometry.buckets_per_sight = static_cast<float>(scale);
  const double off = coordinate_error(near, grid) + depth_error(near, grid);
  const double slack =
      8 * kUnit * last + (geometry.is_projected ? depth_error(last, grid) : 8 * off / near);
  geometry.sight_slack = static_cast<float>(slack);
  if (geometry.is_projected && are_even(geometry.sight_edges, n_edge)) {
    geometry.bins_per_sight = static_cast<float>((n_edge - 1) / last);
  }
  for (int b = 0; b < kSightBuckets; ++b) {
    const double low = b / scale - slack, high = (b + 1) / scale + slack;
    int below = 0, within = 0;
    geometry.sight_edge_within[b] = std::numeric_limits<float>::infinity();
    for (int k = 0; k < n_edge; ++k) {
      const double edge = std::pow(geometry.sight_edges[k], power);
      if (edge == 0 || edge < low) {
        ++below;
      } else if (edge <= high) {
        ++within;
        geometry.sight_edge_within[b] = static_cast<float>(edge);
      }
    }
    geometry.sight_edges_below[b] = below;
    if (within > 1) geometry.sight_edge_within[b] = std::numeric_limits<float>::quiet_NaN();
  }
}

}  // namespace

PreparedGeometry prepare_geometry(const Bins& bins, const Grid& grid) {
  PreparedGeometry geometry{};
  geometry.is_projected = bins.is_projected;
  geometry.n_edge = bins.n_edge;
  geometry.n_sight_edge = bins.n_sight_edge;
  geometry.edges = bins.edges;
  geometry.sight_edges = bins.sight_edges;
  geometry.polynomials = bins.polynomials;
  geometry.n_order = bins.n_order;
  geometry.n_moment = bins.n_moment;
  for (int k = 0; k < bins.n_edge; ++k) {
    geometry.squared_edges.push_back(bins.edges[k] * bins.edges[k]);
  }
  geometry.squared = geometry.squared_edges.data();
  geometry.reach = bins.edges[bins.n_edge - 1];
  const double last = bins.sight_edges[bins.n_sight_edge - 1];
  geometry.closed_at_one = !bins.is_projected && last >= 1;
  geometry.is_summed = bins.n_sight_edge == 2 && bins.sight_edges[0] == 0 &&
                       (bins.is_projected || geometry.closed_at_one);
  geometry.whole_depth = bins.is_projected && !std::isfinite(last);
  geometry.half_depth = bins.is_projected ? last : std::min(geometry.reach, grid.sides[2] / 2);
  set_margins(geometry, grid);
  if (!geometry.is_summed) set_sight_buckets(geometry, grid);
  if (geometry.n_order > 0) geometry.no_angle_below = no_moment_below(geometry, grid);
  return geometry;
}

}  // namespace halograd
