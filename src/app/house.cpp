#include "app/house.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "app/rooms.hpp"
#include "runtime/files.hpp"

namespace tg::app {

House::Rooms::Rooms(HouseSettings with)
    : settings(std::move(with)),
      loops(settings.loops),
      pool(settings.threads, settings.compute_queue),
      pool_metrics(pool.collect(metrics::process_registry(), "compute")) {
  if (!settings.client) settings.client = std::make_shared<net::Client>();
  loops.start();
}

bool House::Rooms::runs_here(std::string_view service) const {
  return settings.only.empty() || std::ranges::find(settings.only, service) != settings.only.end();
}

House::House(std::unique_ptr<Rooms> rooms) : rooms_(std::move(rooms)) {}

House::~House() {
  rooms_->modules.stop();
  // Those of services that did not start.
  for (const auto& [service, room] : rooms_->rooms) room->close();
  rooms_->settings.client->close_idle();
  rooms_->loops.stop();
}

Result<std::unique_ptr<House>> House::open(HouseSettings settings) {
  TG_CHECK(disk_files().make_folders(settings.data));
  if (std::error_code error;
      !settings.is_restore && std::filesystem::exists(settings.data / kRestoreMark, error)) {
    return fail(
        Code::conflict, "restore.unfinished",
        fmt::format("{} holds half a backup, whose restore has broken off: restore it again",
                    settings.data.string()));
  }
  std::unique_ptr<House> house(new House(std::make_unique<Rooms>(std::move(settings))));
  Rooms& rooms = *house->rooms_;
  for (const ServiceName& service : kServiceNames) {
    if (!rooms.runs_here(service.name)) continue;
    TG_TRY(auto room, ServiceRoom::open(rooms.settings.data / service.name, rooms.settings.purpose,
                                        rooms.pool, rooms.clock, rooms.loops.next()));
    rooms.rooms.emplace(service.name, std::move(room));
  }
  fill_roles(rooms);
  TG_CHECK(rooms.modules.start());
  return house;
}

Services& House::services() {
  return rooms_->services;
}

bool House::runs_here(std::string_view service) const {
  return rooms_->runs_here(service);
}

Loops& House::loops() {
  return rooms_->loops;
}

ComputePool& House::compute() {
  return rooms_->pool;
}

void House::end_streams() {
  if (const auto stop = rooms_->stops.extract("telegram")) stop.mapped()();
}

const Clock& House::clock() const {
  return rooms_->clock;
}

const std::filesystem::path& House::data() const {
  return rooms_->settings.data;
}

Result<std::optional<std::string>> House::setup_token() {
  if (!rooms_->setup_token) return std::nullopt;
  return rooms_->setup_token();
}

}  // namespace tg::app
