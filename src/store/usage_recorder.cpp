#include "store/usage_recorder.hpp"

namespace tg::store {

UsageRecorder::UsageRecorder(UsageEvents& events, BatchSettings settings)
    : writer_(std::move(settings), [&events](const BatchWriter<UsageEvent>::Batch& batch) {
        return events.append(*batch);
      }) {}

}  // namespace tg::store
