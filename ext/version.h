/* version.h - the one place that holds the extension's version; rnn_version() returns it. */
#ifndef RNN_VERSION_H
#define RNN_VERSION_H

#define RNN_VERSION "0.1.0"

#endif
