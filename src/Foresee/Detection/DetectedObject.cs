namespace Foresee.Detection;

/// <summary>What a detector found.</summary>
/// <param name="Class">Its number among the detector's classes.</param>
/// <param name="Score">0 to 1.</param>
/// <param name="Box">In pixels of the image as it is stored.</param>
public readonly record struct DetectedObject(int Class, float Score, Box Box);
