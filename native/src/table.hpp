// What the table kernel reads and writes: plain data, shared by units of all instruction sets.
//
// Every point is spread over m nodes. Points between the same nodes share a `place`: m numbers, so
// that what a point adds is one vector added to the place's sums, m of them at once.
#pragma once

#include <cstdint>

#include "problem.hpp"

namespace halograd {

struct TableProblem {
  const Grid* grid;
  const Geometry* geometry;
  const double* points;             // (n, 3), sorted by column, then z
  const std::int32_t* starts;       // (n_column + 1,), first point of each column
  Columns<float> columns;           // all of the points
  int n_per_point;                  // m: 1, 2 or 4
  int n_place;
  int n_node;
  const std::int32_t* place_nodes;  // (n_place, m)
  const std::int32_t* place;        // of each entry of the columns, in bytes into a row of sums
  const double* coefficients;       // (entry, m), likewise
  const std::int64_t* entry;        // of each point, in the columns
};

// Sums around some points, in their order: of the coefficients of their neighbours, by bin and node.
struct NodeSums {
  double* values;        // (n_point, n_bin, n_node)
  std::uint8_t* filled;  // (n_point, n_bin), 0 where the values are all 0 and not written
};

// One row of a table, to which rows of node sums are added.
struct TableBlock {
  std::int64_t bin;
  std::int64_t first_node;  // of the columns of the table to be filled here
  std::int64_t last_node;
};

struct TableKernel {
  // Sums around the points [begin, end): of neighbours on one side, each pair being met once.
  void (*sum_around)(const TableProblem&, std::int64_t begin, std::int64_t end, const NodeSums&);
  // table[bin, a, c] += sum_i h_ia sums[i, bin, c], in the order of the points.
  void (*add_products)(const TableProblem&, std::int64_t begin, std::int64_t end, const NodeSums&,
                       const TableBlock&, double* table);
};

}  // namespace halograd
