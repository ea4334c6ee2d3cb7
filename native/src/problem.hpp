// What the pair kernel reads and writes: plain data, shared by units of all instruction sets.
#pragma once

#include <cstdint>

namespace halograd {

constexpr int kMostEdges = 65535;    // of separation
constexpr int kMostMoments = 3;      // powers of mu^2: 1, mu^2, mu^4
constexpr int kMaxSamples = 4;       // weight columns in one pass
constexpr int kPadding = 16;         // slots after each column, so that vectors may read past it
constexpr int kSightBuckets = 1024;

// Columns along the line of sight, on a grid over the sky: cell (cx, cy) has number cx * n[1] + cy.
struct Grid {
  double origin[3];
  double sides[3];
  double width[2];
  std::int32_t n[2];
  std::int32_t n_slot;  // slots of equal length along each column, to look up depths

  std::int64_t n_column() const { return static_cast<std::int64_t>(n[0]) * n[1]; }
};

struct Geometry {
  bool is_projected;  // rp and |pi|, else r and mu
  bool is_summed;     // one bin along the line of sight, from its start: only rp or r is binned
  int n_edge;
  int n_sight_edge;
  // Where each pair counts with polynomials in mu^2 instead of bins along the line of sight:
  int n_order;    // how many polynomials, 0 for plain counts
  int n_moment;   // how many powers of mu^2 are summed, 1 for plain counts
  const double* polynomials;  // (n_order, n_moment)
  const double* edges;
  const double* sight_edges;
  const double* squared;  // (n_edge,)
  double reach;          // largest separation binned
  double half_depth;     // largest |dz| of a pair
  bool whole_depth;      // every depth pairs with every other
  bool closed_at_one;    // mu = 1 belongs to the last bin
  // Edges in the kernel's own arithmetic, with room for its rounding.
  const float* surely_below;           // a squared separation under it is under the edge
  const std::uint32_t* unclear_width;  // ... unless within so many units in the last place
  const float* surely_beyond;          // and from here on it is beyond the edge
  float no_angle_below;  // squared separation under which float has no mu to speak of
  // For bins in two coordinates.
  std::int32_t sight_edges_below[kSightBuckets];
  float sight_edge_within[kSightBuckets];  // infinite if there is none, NaN if there are several
  float sight_slack;
  float bins_per_sight;  // for bins of equal width in |pi| from zero on, else 0
  float buckets_per_sight;

  int n_bin() const { return (n_edge - 1) * (n_order > 0 ? n_order : n_sight_edge - 1); }
  // Rows and columns for every interval between edges, and for what lies beyond both ends.
  int n_sight_column() const { return n_sight_edge + 1; }
  int n_slot() const { return (n_edge + 1) * n_sight_column(); }
};

// The second point set, column by column, with its weights
template <class T>
struct Columns {
  std::int64_t* offset;        // (n_column,) into the arrays below
  std::int32_t* length;        // (n_column,)
  std::int32_t* slot;          // (n_column, n_slot + 1), first point at or beyond each slot
  T* x;                        // relative to the middle of the cell, or absolute for double
  T* y;
  double* z;
  std::uint32_t* turn;         // z in turns of 2^32 to the box; only where separations need it
  std::int32_t* source;        // row in the sorted second set
  T* weights[kMaxSamples];
  double* running[kMaxSamples];  // sum of the weights before each point of the column
};

enum class Sink : std::int32_t { kPerPoint, kTotals, kContracted };

template <class T>
struct Output {
  Sink sink;
  const std::int32_t* rows;  // original row of each point of the first set
  int n_sample;              // of the whole call
  int first_sample;          // of this pass
  const T* first_weights;    // (n_first, n_sample), kTotals
  const T* cotangent;        // (n_sample, n_bin), kContracted
  T* values;                 // kPerPoint (n_first, n_sample, n_bin); kContracted (n_first, n_sample)
  double* partial;           // kTotals (n_sample_of_pass, n_bin), of one task
};

template <class T>
struct Problem {
  const Grid* grid;
  const Geometry* geometry;
  const double* first;   // (n_first, 3), sorted by column, then z
  const double* second;  // (n_second, 3), likewise
  Columns<T> columns;
  int n_sample;          // weight columns in this pass
};

// Sums around the points [begin, end) of the first set.
template <class T>
using AroundPoints = void (*)(const Problem<T>&, const Output<T>&, std::int64_t begin,
                              std::int64_t end);

// Where a pair belongs in float64: the number of separation edges at or below it, its mu^2, or the
// slot for bins in both coordinates. `shift` are whole box lengths.
double exact_mu_squared(const Geometry& geometry, const double* first, const double* second,
                        const double* shift);
int exact_edges_below(const Geometry& geometry, const double* first, const double* second,
                      const double* shift);
int exact_slot(const Geometry& geometry, const double* first, const double* second,
               const double* shift);

}  // namespace halograd
