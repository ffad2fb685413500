using Foresee.Tests.Training;

// dotnet Foresee.Tests.dll METHOD FOLDER STEPS: one of several processes that train together.
return RankTraining.Run(args);
