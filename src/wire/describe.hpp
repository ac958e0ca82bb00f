// The definition behind describe(), for the one place that instantiates it. Internal to wire.
#pragma once

#include "wire/described_row.hpp"

namespace tg::wire {

template <typename Service>
std::vector<DescribedRow> describe(Schemas& schemas) {
  std::vector<DescribedRow> rows;
  api::kEndpoints<Service>.each(
      [&]<auto M>(const api::Endpoint<M>&) { rows.push_back(describe_row<M>(schemas)); });
  return rows;
}

}  // namespace tg::wire
