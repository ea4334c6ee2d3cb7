// Entry points for pair counts between nodes, called without XLA: a table is made from points,
// filled in as many calls as the caller likes, and given back.
#include "table.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#include "columns.hpp"
#include "dispatch.hpp"
#include "geometry.hpp"
#include "grid.hpp"
#include "threads.hpp"
#include "visibility.hpp"

namespace halograd {
namespace {

constexpr std::int64_t kPointsPerTask = 64, kFewestPointsPerTask = 8;
constexpr std::int64_t kTasksPerThread = 8;
constexpr std::int64_t kNodesPerTask = 128;
constexpr std::int64_t kMostSums = std::int64_t{1} << 23;  // kept at a time, where points allow

// The points and what they are spread over, as the caller keeps them as long as the table lives.
struct Spread {
  SortedPoints points;
  const std::int32_t* starts;
  int n_per_point, n_place, n_node;
  const std::int32_t* place_nodes;  // (n_place, n_per_point)
  const std::int32_t* place;        // (n,), in the order of the points
  const double* coefficients;       // (n, n_per_point), likewise
};

class Table {
 public:
  Table(const Spread& spread, const Grid& grid, const Bins& bins, std::int64_t threads)
      : grid_(grid),
        geometry_(prepare_geometry(bins, grid)),
        team_(threads),
        store_(spread.points, spread.starts, grid_,
               !geometry_.is_projected || !geometry_.is_summed) {
    problem_ = {&grid_, &geometry_, spread.points.positions, spread.starts, store_.fill(team_),
                spread.n_per_point, spread.n_place, spread.n_node, spread.place_nodes,
                nullptr, nullptr, nullptr};
    lay_out(spread);
    // Sums of few points fit the caches. How many does not show in the results.
    const std::int64_t per_point = static_cast<std::int64_t>(geometry_.n_bin()) * spread.n_node;
    const std::int64_t n_task = kTasksPerThread * team_.n_threads();
    n_at_once_ = std::clamp(kMostSums / per_point, n_task * kFewestPointsPerTask,
                            n_task * kPointsPerTask);
  }

  void add(std::int64_t begin, std::int64_t end, double* table) {
    const std::int64_t n_bin = geometry_.n_bin(), n_node = problem_.n_node;
    const std::int64_t n_per_task = n_at_once_ / (kTasksPerThread * team_.n_threads());
    const std::int64_t n_most = std::min(n_at_once_, end - begin);
    std::unique_ptr<double[]> values(new double[n_most * n_bin * n_node]);
    std::unique_ptr<std::uint8_t[]> filled(new std::uint8_t[n_most * n_bin]);
    for (; begin < end; begin += n_at_once_) {
      const std::int64_t n = std::min(n_at_once_, end - begin);
      team_.run(divided(n, n_per_task), [&](std::int64_t task) {
        const std::int64_t from = task * n_per_task, to = std::min(n, from + n_per_task);
        const NodeSums sums{values.get() + from * n_bin * n_node, filled.get() + from * n_bin};
        table_kernel().sum_around(problem_, begin + from, begin + to, sums);
      });
      // Every entry of the table belongs to one task, which adds to it point by point.
      const std::int64_t n_block = divided(n_node, kNodesPerTask);
      team_.run(n_bin * n_block, [&](std::int64_t task) {
        const std::int64_t first = task % n_block * kNodesPerTask;
        const TableBlock block{task / n_block, first, std::min(n_node, first + kNodesPerTask)};
        table_kernel().add_products(problem_, begin, begin + n, {values.get(), filled.get()}, block,
                                    table);
      });
    }
  }

 private:
  static std::int64_t divided(std::int64_t n, std::int64_t by) { return (n + by - 1) / by; }

  // Places and coefficients beside the points of the columns.
  void lay_out(const Spread& spread) {
    const int m = spread.n_per_point, place_bytes = m * static_cast<int>(sizeof(double));
    place_.assign(store_.n_entry(), 0);
    coefficients_.assign(store_.n_entry() * m, 0.0);
    entry_.resize(spread.points.n);
    for (std::int64_t column = 0; column < grid_.n_column(); ++column) {
      std::int64_t entry = problem_.columns.offset[column];
      for (std::int64_t i = spread.starts[column]; i < spread.starts[column + 1]; ++i, ++entry) {
        entry_[i] = entry;
        place_[entry] = spread.place[i] * place_bytes;
        std::copy_n(spread.coefficients + i * m, m, coefficients_.data() + entry * m);
      }
    }
    problem_.place = place_.data();
    problem_.coefficients = coefficients_.data();
    problem_.entry = entry_.data();
  }

  const Grid grid_;
  const PreparedGeometry geometry_;
  const OwnThreads team_;
  ColumnStore<float> store_;
  TableProblem problem_;
  std::vector<std::int32_t> place_;
  std::vector<double> coefficients_;
  std::vector<std::int64_t> entry_;
  std::int64_t n_at_once_;
};

}  // namespace
}  // namespace halograd

// A table of the points positions (n, 3), as `halograd_sort_points` leaves them with rows (n,) and
// starts (n_column + 1,). box: origin and sides (6,); place_nodes (n_place, n_per_point); place (n,)
// and coefficients (n, n_per_point) in the order of positions. All arrays but box and shape are used
// until the table is freed. Returns null if there is not enough memory.
extern "C" HALOGRAD_EXPORT void* halograd_table_new(
    const double* positions, const std::int32_t* rows, const std::int32_t* starts,
    const double* box, const std::int32_t* shape, const double* edges, const double* sight_edges,
    const std::int32_t* place_nodes, const std::int32_t* place, const double* coefficients,
    std::int64_t n, std::int64_t n_edge, std::int64_t n_sight_edge, std::int64_t is_projected,
    std::int64_t n_per_point, std::int64_t n_place, std::int64_t n_node, std::int64_t threads) {
  using namespace halograd;
  const Spread spread{{positions, rows, n},
                      starts,
                      static_cast<int>(n_per_point),
                      static_cast<int>(n_place),
                      static_cast<int>(n_node),
                      place_nodes,
                      place,
                      coefficients};
  const Bins bins{edges, static_cast<int>(n_edge), sight_edges, static_cast<int>(n_sight_edge),
                  is_projected != 0};
  try {
    return new Table(spread, make_grid(box, shape, n), bins, threads);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

// Adds the pairs around points [begin, end) to values (n_bin, n_node, n_node): each pair once, in
// the row of one point's nodes and the column of the other's. Returns 0, or 1 without memory.
extern "C" HALOGRAD_EXPORT int halograd_table_add(void* table, std::int64_t begin,
                                                  std::int64_t end, double* values) {
  try {
    static_cast<halograd::Table*>(table)->add(begin, end, values);
  } catch (const std::bad_alloc&) {
    return 1;
  }
  return 0;
}

extern "C" HALOGRAD_EXPORT void halograd_table_free(void* table) {
  delete static_cast<halograd::Table*>(table);
}
