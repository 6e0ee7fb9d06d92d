/* option_table.h - the options, one line each; included by options.h only.
**
** X(key, type, minimum, maximum, default, choices, scope, group, default text, documentation)
**
** Minimum and maximum hold for numbers and for the elements of lists; a list whose minimum is 1 or
** more holds whole numbers. Choices are the names of an ENUM in the order of its C enum, in
** brackets. "auto" defaults (0, -1, an empty list) are replaced from the data before training.
** Keys, types and the order of choices are part of the model format.
*/
#ifndef RNN_OPTION_TABLE_H
#define RNN_OPTION_TABLE_H

#define RNN_TRAIN RNN_FOR_TRAIN
#define RNN_ROLL (RNN_FOR_BACKTEST | RNN_FOR_EVALUATE)
#define RNN_USE (RNN_FOR_FORECAST | RNN_FOR_BACKTEST | RNN_FOR_EVALUATE)

/* clang-format off */
#define RNN_OPTION_TABLE(X) \
X(task, ENUM, 0, 0, 0, ("forecast"), RNN_TRAIN, "task", "required", \
  "What to learn.") \
X(horizon, INT, 1, 10000, 0, (""), RNN_TRAIN | RNN_USE, "task", \
  "one season, 4 to 48 steps, at most half the longest series", \
  "Steps to forecast from each origin.") \
X(context, INT, 1, 100000, 0, (""), RNN_TRAIN, "task", "auto", \
  "Window length: past steps the network reads before it forecasts.") \
X(decoder, ENUM, 0, 0, 0, ("direct", "recursive"), RNN_TRAIN, "task", "direct", \
  "direct: every step of the horizon from the last known value; recursive: one step ahead, " \
  "each forecast fed back.") \
X(known_ahead, LIST, 1, 126, 0, (""), RNN_TRAIN, "task", "none", \
  "Inputs known for future steps, by number from 1 (true: all of them). Future rows carry " \
  "them with a NULL target.") \
X(frequency, TEXT, 0, 0, 0, (""), RNN_TRAIN, "task", "found from the times", \
  "Step of the time column: \"month\", \"day\", \"30 minutes\", or a number for numeric " \
  "times.") \
X(season, LIST, 2, 1000000, 0, (""), RNN_TRAIN, "task", "found from the data", \
  "Season lengths in steps, one number or several; [] for none.") \
X(gaps, ENUM, 0, 0, 0, ("fill", "skip", "error"), RNN_TRAIN, "task", "fill", \
  "Missing steps: fill makes them unknown values, skip joins the rows around them, error " \
  "refuses them.") \
X(cell, ENUM, 0, 0, 1, ("lstm", "gru", "rnn"), RNN_TRAIN, "network", "gru", \
  "Recurrent cell.") \
X(hidden, INT, 1, 8192, 0, (""), RNN_TRAIN, "network", "auto", \
  "Units of each recurrent layer and direction.") \
X(layers, INT, 1, 16, 1, (""), RNN_TRAIN, "network", "1", \
  "Recurrent layers.") \
X(bidirectional, BOOL, 0, 1, 0, (""), RNN_TRAIN, "network", "false", \
  "Read each window in both directions.") \
X(activation, ENUM, 0, 0, 0, ("tanh", "relu"), RNN_TRAIN, "network", "tanh", \
  "Activation of the rnn cell.") \
X(reset, ENUM, 0, 0, 0, ("after", "before"), RNN_TRAIN, "network", "after", \
  "GRU: reset gate after (PyTorch, cuDNN) or before (Cho 2014) the recurrent product.") \
X(peephole, BOOL, 0, 1, 0, (""), RNN_TRAIN, "network", "false", \
  "LSTM: gates see the cell state (Gers 2000).") \
X(projection, INT, 0, 8192, 0, (""), RNN_TRAIN, "network", "0 (none)", \
  "LSTM: project the output to this many units (Sak 2014).") \
X(layer_norm, BOOL, 0, 1, 0, (""), RNN_TRAIN, "network", "false", \
  "Normalise the outputs of each recurrent layer over its units (Ba 2016).") \
X(initial_state, ENUM, 0, 0, 0, ("zero", "learned"), RNN_TRAIN, "network", "zero", \
  "State before the first step.") \
X(embedding, INT, 1, 4096, 0, (""), RNN_TRAIN, "network", "auto", \
  "Width of the embedding of each TEXT input.") \
X(series_embedding, INT, 0, 1024, 0, (""), RNN_TRAIN, "network", "0 (none)", \
  "Width of a learned vector for each series; unseen series get the vector for unknown.") \
X(ensemble, INT, 1, 64, 0, (""), RNN_TRAIN, "network", "auto", \
  "Networks trained side by side from different seeds and averaged.") \
X(init, ENUM, 0, 0, 0, ("glorot", "orthogonal", "uniform", "identity"), \
  RNN_TRAIN, "initialisation", "glorot", \
  "Recurrent weights: Glorot uniform, orthogonal, uniform within 1/sqrt(hidden), identity " \
  "(Le 2015).") \
X(forget_bias, REAL, -100, 100, 1, (""), RNN_TRAIN, "initialisation", "1", \
  "LSTM: initial bias of the forget gate.") \
X(seed, INT, 0, 9007199254740991, 1, (""), RNN_TRAIN, "initialisation", "1", \
  "Seed of every random number.") \
X(dropout, REAL, 0, 0.95, 0, (""), RNN_TRAIN, "regularisation", "auto", \
  "Share of layer inputs and outputs dropped, one mask a sequence.") \
X(recurrent_dropout, REAL, 0, 0.95, 0, (""), RNN_TRAIN, "regularisation", "0", \
  "Share of the recurrent state dropped, one mask a sequence (Gal 2016).") \
X(embedding_dropout, REAL, 0, 0.95, 0, (""), RNN_TRAIN, "regularisation", "0", \
  "Share of category inputs replaced by unknown.") \
X(weight_decay, REAL, 0, 10, 0, (""), RNN_TRAIN, "regularisation", "auto", \
  "Pull of weight matrices towards zero; decoupled with adamw, an L2 gradient otherwise.") \
X(loss, ENUM, 0, 0, 3, \
  ("mse", "mae", "huber", "quantile", "gaussian", "student_t", "negative_binomial"), \
  RNN_TRAIN, "loss", "quantile", \
  "Training loss, which is also the kind of forecast distribution.") \
X(quantiles, LIST, 0.0001, 0.9999, 0, (""), RNN_TRAIN, "loss", "0.025 to 0.975, 13 of them", \
  "Quantiles that are learned (loss quantile) and calibrated (every loss), ascending, with " \
  "0.5 among them.") \
X(scale, ENUM, 0, 0, 0, ("window", "none", "standard", "robust", "minmax", "mean"), \
  RNN_TRAIN, "loss", "window", \
  "Scaling of the target: by each window's own level and spread, or by figures of the " \
  "training series.") \
X(optimizer, ENUM, 0, 0, 5, ("sgd", "momentum", "rmsprop", "adagrad", "adam", "adamw"), \
  RNN_TRAIN, "optimisation", "adamw", \
  "Update rule.") \
X(learning_rate, REAL, 1e-9, 100, 0, (""), RNN_TRAIN, "optimisation", "auto", \
  "Highest step size of the schedule.") \
X(schedule, ENUM, 0, 0, 1, ("constant", "cosine", "plateau", "one_cycle"), \
  RNN_TRAIN, "optimisation", "cosine", \
  "Course of the learning rate over the epochs.") \
X(batch, INT, 1, 65536, 0, (""), RNN_TRAIN, "optimisation", "auto", \
  "Sequences in a minibatch.") \
X(epochs, INT, 1, 1000000, 0, (""), RNN_TRAIN, "optimisation", "auto", \
  "Passes over the training data at most.") \
X(clip_norm, REAL, 0, 1e9, 1, (""), RNN_TRAIN, "optimisation", "1", \
  "Largest norm of the whole gradient; 0 for no limit.") \
X(clip_value, REAL, 0, 1e9, 0, (""), RNN_TRAIN, "optimisation", "0 (none)", \
  "Largest absolute value of each gradient element; 0 for no limit.") \
X(tbptt, INT, 0, 1000000, 0, (""), RNN_TRAIN, "optimisation", "0 (whole windows)", \
  "Steps between cuts of the gradient; the state is carried over the cut.") \
X(average_gradient, BOOL, 0, 1, 0, (""), RNN_TRAIN, "optimisation", "false", \
  "Divide each recurrent layer's gradient through time by the number of steps.") \
X(validation, REAL, 0, 0.9, -1, (""), RNN_TRAIN, "stopping", "auto", \
  "Share of the last steps of each series that is held out to choose the best epoch and to " \
  "calibrate intervals; 0 for none.") \
X(patience, INT, 0, 1000000, 0, (""), RNN_TRAIN, "stopping", "auto", \
  "Epochs without improvement before training stops; 0 with a value given: never.") \
X(time_limit, REAL, 0, 1e9, 0, (""), RNN_TRAIN, "stopping", "0 (none)", \
  "Seconds after which training stops with the best epoch so far; results then depend on " \
  "the machine's speed.") \
X(memory_limit, INT, 0, 9007199254740991, 0, (""), RNN_TRAIN, "stopping", "0 (none)", \
  "Bytes that training may use.") \
X(threads, INT, 0, 1024, 0, (""), RNN_TRAIN | RNN_USE, "running", "0 (all cores)", \
  "Worker threads; results do not depend on it.") \
X(progress, BOOL, 0, 1, 0, (""), RNN_TRAIN, "running", "false", \
  "Progress on standard error: a bar on a terminal, a line an epoch otherwise.") \
X(level, REAL, 0.01, 0.999, 0.9, (""), RNN_USE, "use", "0.9", \
  "Probability that the interval holds the true value.") \
X(origins, INT, 1, 1000000, 1, (""), RNN_ROLL, "use", "1", \
  "Rolling origins: forecasts are made from this many last points in time of each series.") \
X(stride, INT, 1, 1000000, 0, (""), RNN_ROLL, "use", "horizon", \
  "Steps between origins.") \
X(refit, BOOL, 0, 1, 0, (""), RNN_FOR_BACKTEST, "use", "false", \
  "Train anew before each origin on the targets that precede it; the step, the inputs' scales and their vocabularies are those of all rows.")
/* clang-format on */

#endif
