/* respond: what a complete request is answered with.
 */
#ifndef SIM_RESPOND_H
#define SIM_RESPOND_H

#include "sim/call.h"

enum MHD_Result respond(struct service *service, struct MHD_Connection *connection,
                        struct call *call);

#endif
