// The kernel's own declarations, for Swift: includes, and inline functions for the macros that do not import.
#pragma once

#include <linux/filter.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

/// TPACKET3_HDRLEN, which is a cast expression and so does not import. See packet(7).
static inline unsigned long clinux_tpacket3_header_length(void) { return TPACKET3_HDRLEN; }
