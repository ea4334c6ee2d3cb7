#pragma once
#define HALOGRAD_EXPORT __attribute__((visibility("default")))
