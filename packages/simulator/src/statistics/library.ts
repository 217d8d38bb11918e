export { mean, sampleStandardDeviation } from 'simple-statistics'
