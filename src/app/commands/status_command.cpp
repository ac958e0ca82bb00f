// status: the health of every service, what is degraded and since when; unsupported features.
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "app/commands/command_line.hpp"
#include "app/commands/progress.hpp"
#include "app/terminal.hpp"
#include "base/json_fields.hpp"
#include "base/missing.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::app {
namespace {

int print_capabilities(bool as_json) {
  json::Array missing;
  for (const MissingCapability& capability : kMissingCapabilities) {
    const std::string reason = fmt::format("not_implemented.{}", capability.word);
    if (!as_json) print(fmt::format("{:<32} {}", reason, capability.what));
    missing.emplace_back(boost::json::string(reason));
  }
  if (as_json) print(json::to_text(missing));
  return 0;
}

// "database degraded since 2025-06-01T10:00:00Z: slow answers"
void print_parts(const json::Array& parts) {
  for (const json::Value& value : parts) {
    if (!value.is_object()) continue;
    const json::Object& part = value.get_object();
    const std::string state = json::text_in(part, "state").value_or("");
    if (state == "up" || state == "off") continue;
    const std::string since = json::text_in(part, "since").value_or("");
    print(printable(fmt::format("    {} {}{}: {}", json::text_in(part, "part").value_or(""), state,
                                since.empty() ? "" : " since " + since,
                                json::text_in(part, "reason").value_or(""))));
  }
}

void print_health(const api::Health& health, const std::string& place) {
  std::string line =
      fmt::format("{:<11} {:<9}", health.service_name, json::enum_word(health.status));
  for (const auto& entry : health.details) {
    if (entry.value().is_primitive())
      line += fmt::format("  {}={}", std::string(entry.key()), json::to_text(entry.value()));
  }
  if (!place.empty()) line += "  at " + place;
  print(printable(line));
  print_parts(json::array_in(health.details, "parts"));
}

// What a service reports; if it cannot be called from here, what the gateway reports about it.
std::optional<api::Health> health_of(const Result<api::Health>& own, const ServiceName& service,
                                     const json::Object& told) {
  if (own) return *own;
  const auto status =
      json::enum_of<api::HealthStatus>(json::text_in(told, service.name).value_or(""));
  if (!status) return std::nullopt;
  return api::Health{.service_name = std::string(service.name), .status = *status, .details = {}};
}

// A line for posts and documents, if both services can be called.
void print_pipeline(const Result<api::PipelineStatistics>& pipeline,
                    const Result<api::VectorStatistics>& index) {
  if (!pipeline || !index) return;
  print(fmt::format("documents and posts: {} searchable, {} pending, {} failed; {}",
                    grouped(pipeline->completed), grouped(pipeline->pending + pipeline->processing),
                    grouped(pipeline->failed), counted(index->chunk_count, "chunk")));
}

int run_status(Services& services, bool as_json) {
  const auto gateway = run_blocking(services.gateway->health(local_call(), {}));
  const api::Health known = gateway.value_or(api::Health{});
  const json::Object told = json::object_in(known.details, "services");
  const json::Object places = json::object_in(known.details, "places");
  if (gateway && !as_json) print_health(*gateway, {});
  json::Object details;
  each_service([&](const ServiceName& service, auto member) {
    if (service.name == "gateway") return;
    const auto own = run_blocking((services.*member)->health(local_call(), {}));
    const auto health = health_of(own, service, told);
    if (!health) return;
    details[service.name] = json::write(*health);
    if (!as_json) print_health(*health, json::text_in(places, service.name).value_or(""));
  });
  const auto pipeline = run_blocking(services.documents->statistics(local_call(), {}));
  const auto index = run_blocking(services.vectors->statistics(local_call(), {}));
  if (as_json) {
    json::Object out{{"services", details}};
    if (gateway) out["health"] = json::write(*gateway);
    if (pipeline) out["pipeline"] = json::write(*pipeline);
    if (index) out["index"] = json::write(*index);
    print(json::to_pretty_text(json::Value(out)));
  } else {
    print_pipeline(pipeline, index);
  }
  if (!gateway) return report(gateway.error());
  return gateway->status == api::HealthStatus::unhealthy ? static_cast<int>(ExitCode::failed) : 0;
}

}  // namespace

void add_status_command(CommandLine& line) {
  CLI::App* status =
      line.add("status", "show health, pipeline and index", "telegnosis status --capabilities");
  auto capabilities = std::make_shared<bool>(false);
  status->add_flag("--capabilities", *capabilities, "list what this version does not support");
  const auto json = line.json_flag(status);
  line.choose(status, [&line, capabilities, json] {
    if (*capabilities) return print_capabilities(*json);
    return line.run_over("status",
                         [json](Services& services) { return run_status(services, *json); });
  });
}

}  // namespace tg::app
