export { default } from '../dqn/objective';
