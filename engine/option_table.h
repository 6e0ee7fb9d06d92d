/* option_table.h - the options, one line each; included by options.h only.
**
** X(key, type, minimum, maximum, default, choices, scope, tasks, group, default text,
**   documentation)
**
** Minimum and maximum hold for numbers, for the elements of lists and for class weights; a list
** whose minimum is 1 or more holds whole numbers. Choices are the names of an ENUM in the order of
** its C enum, in brackets. "auto" defaults (a number below the minimum, -1 of a boolean, an empty
** list) are replaced from the data before training; where the default is a matter of the task the
** number here is that of forecasts, and given[] tells whether the user chose. Keys, types and the
** order of choices are part of the model format.
*/
#ifndef RNN_OPTION_TABLE_H
#define RNN_OPTION_TABLE_H

#define RNN_TRAIN RNN_FOR_TRAIN
#define RNN_ROLL (RNN_FOR_BACKTEST | RNN_FOR_EVALUATE)
#define RNN_USE (RNN_FOR_FORECAST | RNN_FOR_BACKTEST | RNN_FOR_EVALUATE)

/* Tasks. */
#define RNN_OF_FORECAST (1u << RNN_TASK_FORECAST)
#define RNN_OF_CLASSIFY (1u << RNN_TASK_CLASSIFY)
#define RNN_OF_REGRESS (1u << RNN_TASK_REGRESS)
#define RNN_OF_GENERATE (1u << RNN_TASK_GENERATE)
#define RNN_OF_SEQ2SEQ (1u << RNN_TASK_SEQ2SEQ)
#define RNN_OF_LABEL (RNN_OF_CLASSIFY | RNN_OF_REGRESS)
#define RNN_OF_WRITE (RNN_OF_GENERATE | RNN_OF_SEQ2SEQ)
#define RNN_OF_TEXT (RNN_OF_LABEL | RNN_OF_WRITE)
#define RNN_OF_ALL (RNN_OF_FORECAST | RNN_OF_TEXT)

/* clang-format off */
#define RNN_OPTION_TABLE(X) \
X(task, ENUM, 0, 0, 0, ("forecast", "classify", "regress", "generate", "seq2seq"), \
  RNN_TRAIN, RNN_OF_ALL, "task", "required", \
  "What to learn: the next steps of a series, a class, a number, text that goes on, or a text " \
  "from a text or from numbers.") \
X(output, ENUM, 0, 0, 0, ("auto", "last", "every"), RNN_TRAIN, RNN_OF_LABEL, "task", \
  "last where no target changes inside a series, else every", \
  "One prediction a sequence, or one for every step.") \
X(horizon, INT, 1, 10000, 0, (""), RNN_TRAIN | RNN_USE, RNN_OF_FORECAST, "task", \
  "one season, 4 to 48 steps, at most half the longest series", \
  "Steps to forecast from each origin.") \
X(context, INT, 1, 100000, 0, (""), RNN_TRAIN, RNN_OF_FORECAST, "task", "auto", \
  "Window length: past steps the network reads before it forecasts.") \
X(decoder, ENUM, 0, 0, 0, ("direct", "recursive"), RNN_TRAIN, RNN_OF_FORECAST, "task", "direct", \
  "direct: every step of the horizon from the last known value; recursive: one step ahead, " \
  "each forecast fed back.") \
X(known_ahead, LIST, 1, 126, 0, (""), RNN_TRAIN, RNN_OF_FORECAST, "task", "none", \
  "Inputs known for future steps, by number from 1 (true: all of them). Future rows carry " \
  "them with a NULL target.") \
X(frequency, TEXT, 0, 0, 0, (""), RNN_TRAIN, RNN_OF_FORECAST, "task", "found from the times", \
  "Step of the time column: \"month\", \"day\", \"30 minutes\", or a number for numeric " \
  "times.") \
X(season, LIST, 2, 1000000, 0, (""), RNN_TRAIN, RNN_OF_FORECAST, "task", "found from the data", \
  "Season lengths in steps, one number or several; [] for none.") \
X(gaps, ENUM, 0, 0, 0, ("fill", "skip", "error"), RNN_TRAIN, RNN_OF_FORECAST, "task", "fill", \
  "Missing steps: fill makes them unknown values, skip joins the rows around them, error " \
  "refuses them.") \
X(pretrained, BOOL, 0, 1, -1, (""), RNN_TRAIN, RNN_OF_FORECAST, "task", "auto", \
  "Training starts from the forecaster that is part of the library, rnn_pretrained('forecast'), " \
  "instead of from random weights; auto: where series are short or few.") \
X(cell, ENUM, 0, 0, 1, ("lstm", "gru", "rnn"), RNN_TRAIN, RNN_OF_ALL, \
  "network", "gru for forecast, else auto", \
  "Recurrent cell.") \
X(hidden, INT, 1, 8192, 0, (""), RNN_TRAIN, RNN_OF_ALL, "network", "auto", \
  "Units of each recurrent layer and direction.") \
X(layers, INT, 1, 16, 1, (""), RNN_TRAIN, RNN_OF_ALL, "network", "1", \
  "Recurrent layers.") \
X(bidirectional, BOOL, 0, 1, 0, (""), RNN_TRAIN, RNN_OF_ALL, \
  "network", "false for forecast, else auto", \
  "Read each sequence (a window of a forecast, the source of seq2seq) in both directions. Such " \
  "models cannot stream, and cannot generate.") \
X(activation, ENUM, 0, 0, 0, ("tanh", "relu"), RNN_TRAIN, RNN_OF_ALL, "network", "tanh", \
  "Activation of the rnn cell.") \
X(reset, ENUM, 0, 0, 0, ("after", "before"), RNN_TRAIN, RNN_OF_ALL, "network", "after", \
  "GRU: reset gate after (PyTorch, cuDNN) or before (Cho 2014) the recurrent product.") \
X(peephole, BOOL, 0, 1, 0, (""), RNN_TRAIN, RNN_OF_ALL, "network", "false", \
  "LSTM: gates see the cell state (Gers 2000).") \
X(projection, INT, 0, 8192, 0, (""), RNN_TRAIN, RNN_OF_ALL, "network", "0 (none)", \
  "LSTM: project the output to this many units (Sak 2014).") \
X(layer_norm, BOOL, 0, 1, 0, (""), RNN_TRAIN, RNN_OF_ALL, "network", "false", \
  "Normalise the outputs of each recurrent layer over its units (Ba 2016).") \
X(initial_state, ENUM, 0, 0, 0, ("zero", "learned"), RNN_TRAIN, RNN_OF_ALL, "network", "zero", \
  "State before the first step.") \
X(pooling, ENUM, 0, 0, 0, ("auto", "last", "mean", "max", "attention", "mixed"), RNN_TRAIN, \
  RNN_OF_LABEL, "network", "auto", \
  "What a prediction for a whole sequence sees: the state after its last step, or the mean, the " \
  "maximum or a learned average (Yang 2016) over all steps; mixed: of half of the units the mean, " \
  "of half the maximum.") \
X(attention, BOOL, 0, 1, -1, (""), RNN_TRAIN, RNN_OF_SEQ2SEQ, "network", "auto", \
  "The decoder looks at every step of the source (Luong 2015).") \
X(embedding, INT, 1, 4096, 0, (""), RNN_TRAIN, RNN_OF_ALL, "network", "auto", \
  "Width of the embedding of each TEXT input and of tokens.") \
X(one_hot, BOOL, 0, 1, 0, (""), RNN_TRAIN, RNN_OF_LABEL | RNN_OF_GENERATE, "network", "false", \
  "TEXT inputs and tokens enter as vectors of zeros with a 1 at their place in the vocabulary (at " \
  "most 4096 entries), not by a learned embedding.") \
X(tie_embedding, BOOL, 0, 1, -1, (""), RNN_TRAIN, RNN_OF_WRITE, "network", "auto", \
  "Tokens that are written have the weights of their embedding (Press 2017).") \
X(subwords, INT, 0, 4194304, -1, (""), RNN_TRAIN, RNN_OF_LABEL, "network", "auto", \
  "Rows of the table of hashed parts of words that are added to their embeddings (Bojanowski " \
  "2017); 0 for none.") \
X(patch, INT, 1, 4096, 0, (""), RNN_TRAIN, RNN_OF_LABEL, "network", "auto", \
  "Numeric series with one prediction each: steps that the network reads at a time; the next patch " \
  "begins an eighth of that later.") \
X(wide, BOOL, 0, 1, -1, (""), RNN_TRAIN, RNN_OF_LABEL, "network", \
  "true for texts cut into words, and for numeric series with one prediction each", \
  "Beside the networks, linear models: of the words, pairs of words and parts of words of a text " \
  "(Wang 2012), of random convolutions of a series (Dempster 2021, 2023); how much each counts is " \
  "fitted on sequences that were held out, or by cross-validation.") \
X(series_embedding, INT, 0, 1024, 0, (""), RNN_TRAIN, RNN_OF_FORECAST, "network", "0 (none)", \
  "Width of a learned vector for each series; unseen series get the vector for unknown.") \
X(ensemble, INT, 1, 64, 0, (""), RNN_TRAIN, RNN_OF_ALL, "network", "auto", \
  "Networks trained side by side from different seeds and averaged.") \
X(tokens, TOKENS, 0, 0, -1, ("word", "char", "byte"), RNN_TRAIN, RNN_OF_TEXT, "text", "auto", \
  "What text is cut into: words, code points or bytes; for seq2seq also " \
  "{\"source\":\"word\",\"target\":\"char\"}.") \
X(lowercase, BOOL, 0, 1, -1, (""), RNN_TRAIN, RNN_OF_TEXT, "text", "true for words, else false", \
  "Fold upper and lower case together.") \
X(vocabulary, INT, 1, 4194304, 0, (""), RNN_TRAIN, RNN_OF_TEXT, "text", "auto", \
  "Most tokens that are known; the most frequent are kept.") \
X(min_count, INT, 1, 1000000000, 0, (""), RNN_TRAIN, RNN_OF_TEXT, "text", "auto", \
  "Occurrences that make a token known.") \
X(max_tokens, INT, 1, 1000000, 0, (""), RNN_TRAIN, RNN_OF_TEXT, "text", "auto", \
  "Longest text in tokens; longer ones are cut.") \
X(truncate, ENUM, 0, 0, 0, ("head", "tail"), RNN_TRAIN, RNN_OF_TEXT, "text", "head", \
  "What stays of a text that is too long.") \
X(init, ENUM, 0, 0, 0, ("glorot", "orthogonal", "uniform", "identity"), \
  RNN_TRAIN, RNN_OF_ALL, "initialisation", "glorot", \
  "Recurrent weights: Glorot uniform, orthogonal, uniform within 1/sqrt(hidden), identity " \
  "(Le 2015).") \
X(forget_bias, REAL, -100, 100, 1, (""), RNN_TRAIN, RNN_OF_ALL, "initialisation", "1", \
  "LSTM: initial bias of the forget gate.") \
X(seed, INT, 0, 9007199254740991, 1, (""), RNN_TRAIN | RNN_FOR_GENERATE, RNN_OF_ALL, \
  "initialisation", "1", \
  "Seed of every random number.") \
X(dropout, REAL, 0, 0.95, 0, (""), RNN_TRAIN, RNN_OF_ALL, "regularisation", "auto", \
  "Share of layer inputs and outputs dropped, one mask a sequence.") \
X(recurrent_dropout, REAL, 0, 0.95, 0, (""), RNN_TRAIN, RNN_OF_ALL, "regularisation", "0", \
  "Share of the recurrent state dropped, one mask a sequence (Gal 2016).") \
X(embedding_dropout, REAL, 0, 0.95, 0, (""), RNN_TRAIN, RNN_OF_ALL, "regularisation", \
  "0 for forecast, else auto", \
  "Share of category inputs, or of a text's words, replaced by unknown.") \
X(weight_decay, REAL, 0, 10, 0, (""), RNN_TRAIN, RNN_OF_ALL, "regularisation", "auto", \
  "Pull of weight matrices towards zero; decoupled with adamw, an L2 gradient otherwise.") \
X(class_weights, WEIGHTS, 0, 1000000, 0, (""), RNN_TRAIN, RNN_OF_CLASSIFY, \
  "regularisation", "sqrt for a label at each step of numbers, else none", \
  "Weight of each class in the loss: balanced gives all classes the same share, sqrt (the square " \
  "roots of those weights) rare ones more than theirs; an object such as {\"spam\":5} weighs " \
  "those it names, others 1.") \
X(loss, ENUM, 0, 0, 3, \
  ("mse", "mae", "huber", "quantile", "gaussian", "student_t", "negative_binomial", \
   "cross_entropy"), \
  RNN_TRAIN, RNN_OF_ALL, "loss", "by task", \
  "Training loss: forecast any but cross_entropy, by default quantile, which is also the kind of " \
  "forecast distribution; regress mse (default), mae or huber; the others cross_entropy.") \
X(quantiles, LIST, 0.0001, 0.9999, 0, (""), RNN_TRAIN, RNN_OF_FORECAST, \
  "loss", "0.025 to 0.975, 13 of them", \
  "Quantiles that are learned (loss quantile) and calibrated (every loss), ascending, with " \
  "0.5 among them.") \
X(scale, ENUM, 0, 0, 0, ("window", "none", "standard", "robust", "minmax", "mean"), \
  RNN_TRAIN, RNN_OF_FORECAST | RNN_OF_REGRESS, "loss", \
  "window for forecast, standard for regress", \
  "Scaling of the target: by each window's own level and spread (forecast), or by figures of the " \
  "training rows.") \
X(optimizer, ENUM, 0, 0, 5, ("sgd", "momentum", "rmsprop", "adagrad", "adam", "adamw"), \
  RNN_TRAIN, RNN_OF_ALL, "optimisation", "adamw", \
  "Update rule.") \
X(learning_rate, REAL, 1e-9, 100, 0, (""), RNN_TRAIN, RNN_OF_ALL, "optimisation", "auto", \
  "Highest step size of the schedule.") \
X(schedule, ENUM, 0, 0, 1, ("constant", "cosine", "plateau", "one_cycle"), \
  RNN_TRAIN, RNN_OF_ALL, "optimisation", "cosine", \
  "Course of the learning rate over the epochs.") \
X(batch, INT, 1, 65536, 0, (""), RNN_TRAIN, RNN_OF_ALL, "optimisation", "auto", \
  "Sequences in a minibatch.") \
X(epochs, INT, 1, 1000000, 0, (""), RNN_TRAIN, RNN_OF_ALL, "optimisation", "auto", \
  "Passes over the training data at most.") \
X(clip_norm, REAL, 0, 1e9, 1, (""), RNN_TRAIN, RNN_OF_ALL, "optimisation", "1", \
  "Largest norm of the whole gradient; 0 for no limit.") \
X(clip_value, REAL, 0, 1e9, 0, (""), RNN_TRAIN, RNN_OF_ALL, "optimisation", "0 (none)", \
  "Largest absolute value of each gradient element; 0 for no limit.") \
X(tbptt, INT, 0, 1000000, 0, (""), RNN_TRAIN, RNN_OF_FORECAST | RNN_OF_LABEL | RNN_OF_GENERATE, \
  "optimisation", "auto: 64 for long texts and for series of 1000 labelled steps and more, else 0", \
  "Steps between cuts of the gradient; the state is carried over the cut, and what memory is " \
  "needed besides the data grows with this number, not with the length. classify and regress: " \
  "with output every. Long texts and long labelled sequences are read as up to batch contiguous " \
  "lanes side by side; batch 1 keeps a labelled sequence in one piece.") \
X(average_gradient, BOOL, 0, 1, 0, (""), RNN_TRAIN, RNN_OF_ALL, "optimisation", "false", \
  "Divide each recurrent layer's gradient through time by the number of steps.") \
X(validation, REAL, 0, 0.9, -1, (""), RNN_TRAIN, RNN_OF_ALL, "stopping", "auto", \
  "Share that is held out to choose the best epoch: of the sequences; for forecasts of the last " \
  "steps of each series, which also calibrate the intervals. 0 for none.") \
X(patience, INT, 0, 1000000, 0, (""), RNN_TRAIN, RNN_OF_ALL, "stopping", "auto", \
  "Epochs without improvement before training stops; 0 with a value given: never.") \
X(time_limit, REAL, 0, 1e9, 0, (""), RNN_TRAIN, RNN_OF_ALL, "stopping", "0 (none)", \
  "Seconds after which training stops with the best epoch so far; results then depend on " \
  "the machine's speed.") \
X(memory_limit, INT, 0, 9007199254740991, 0, (""), RNN_TRAIN, RNN_OF_ALL, "stopping", "0 (none)", \
  "Bytes that training may use. Where the activations of whole sequences do not fit, they are kept " \
  "for some steps at a time and computed again for the others (checkpointed backpropagation): the " \
  "same gradients, at most 4/3 of the work. 0: three quarters of the machine's memory, beyond " \
  "which training does the same but is not refused.") \
X(threads, INT, 0, 1024, 0, (""), \
  RNN_TRAIN | RNN_USE | RNN_FOR_PREDICT | RNN_FOR_ANOMALIES, RNN_OF_ALL, "running", \
  "0 (all cores)", \
  "Worker threads; results do not depend on it.") \
X(progress, BOOL, 0, 1, 0, (""), RNN_TRAIN, RNN_OF_ALL, "running", "false", \
  "Progress on standard error: a bar on a terminal, a line an epoch otherwise.") \
X(level, REAL, 0.01, 0.999, 0.9, (""), RNN_USE | RNN_FOR_ANOMALIES, RNN_OF_FORECAST, "use", \
  "0.9; 0.99 for rnn_anomalies", \
  "Probability that the interval holds the true value.") \
X(origins, INT, 1, 1000000, 1, (""), RNN_ROLL, RNN_OF_FORECAST, "use", "1", \
  "Rolling origins: forecasts are made from this many last points in time of each series.") \
X(stride, INT, 1, 1000000, 0, (""), RNN_ROLL, RNN_OF_FORECAST, "use", "horizon", \
  "Steps between origins.") \
X(refit, BOOL, 0, 1, 0, (""), RNN_FOR_BACKTEST, RNN_OF_FORECAST, "use", "false", \
  "Train anew before each origin on the targets that precede it; the step, the inputs' scales " \
  "and their vocabularies are those of all rows.") \
X(length, INT, 1, 1000000, 200, (""), RNN_FOR_GENERATE, RNN_OF_WRITE, "generation", \
  "200, of words 50; seq2seq: that of the longest target in training", \
  "Most tokens to write.") \
X(temperature, REAL, 0, 100, 1, (""), RNN_FOR_GENERATE, RNN_OF_WRITE, "generation", \
  "1; seq2seq: none, the likeliest text is searched for", \
  "Below 1 the likely becomes likelier; 0 always takes the likeliest token.") \
X(top_k, INT, 0, 4194304, 0, (""), RNN_FOR_GENERATE, RNN_OF_WRITE, "generation", "0 (all)", \
  "Draw from this many of the likeliest tokens.") \
X(top_p, REAL, 0.000001, 1, 1, (""), RNN_FOR_GENERATE, RNN_OF_WRITE, "generation", "1 (all)", \
  "Draw from the fewest tokens that hold this share of the probability (Holtzman 2020).") \
X(beam, INT, 1, 256, 0, (""), RNN_TRAIN | RNN_FOR_GENERATE, RNN_OF_WRITE, "generation", "auto", \
  "Hypotheses kept by beam search, which looks for the likeliest text instead of drawing one; 1 " \
  "for none. Given to training with task seq2seq it holds for rnn_predict.") \
X(stop, TEXTS, 0, 0, 0, (""), RNN_FOR_GENERATE, RNN_OF_WRITE, "generation", "none", \
  "A text, or an array of up to 8, that ends what is written; it is left out itself.")

/* clang-format on */

#endif
