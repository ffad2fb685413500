using Foresee.Tests.Encoders;
using Foresee.Tests.Training;

// One of several processes. dotnet Foresee.Tests.dll METHOD FOLDER STEPS: that train together; measure KIND FOLDER: that measure together.
return args[0] == RankMeasuring.Command ? RankMeasuring.Run(args) : RankTraining.Run(args);
